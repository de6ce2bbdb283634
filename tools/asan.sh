#!/bin/sh
# asan.sh COMMAND...     Run a command of a Python whose extension is built with the address and
#                        undefined-behaviour sanitizers.
#
# The interpreter itself is not sanitized, so their libraries are loaded first. Every allocation of
# Python goes to malloc, where ASan sees it.
# Leaks are not looked for here (an interpreter keeps much until it exits): see tools/leaks.py.
set -eu

library() { # the path of the compiler's own library, or nothing
    path=$("${CC:-cc}" -print-file-name="$1")
    case $path in /*) echo "$path" ;; esac
}

asan=$(library libasan.so)
ubsan=$(library libubsan.so)
[ -n "$asan" ] || {
    echo "asan: ${CC:-cc} has no libasan.so" \
        "(with gcc it is part of the compiler's package; clang: set CC=gcc)" >&2
    exit 1
}
# libstdc++ too: extensions in C++ throw, and ASan must find the real __cxa_throw when it starts.
preload="$asan $ubsan $(library libstdc++.so.6)"

LD_PRELOAD="$preload" \
    PYTHONMALLOC=malloc \
    CSLOTS_SANITIZED=1 \
    ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}" \
    UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}" \
    exec "$@"
