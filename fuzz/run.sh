#!/bin/sh
# fuzz/run.sh [SECONDS [FIRST_SEED]]    Run each fuzzer of the core for so many seconds, with the
#                                       address and undefined-behaviour sanitizers.
# CC, CFLAGS and FUZZERS (names) are taken from the environment. With clang, -fsanitize=fuzzer in
# place of driver.c makes a libFuzzer program.
set -eu
cd "$(dirname "$0")/.."
flags="-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror -O2 -g"
flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# Limits that are crossed often (the pool's own are in the header files).
small="-DCS_BUFFER_SPACE=((size_t)2048)
    -DCS_RESERVE_MIN=((size_t)131072) -DCS_RESERVE_FACTOR=((size_t)2)
    -DCS_TEXTHEAP_SEGMENT=((size_t)100000) -DCS_TEXTHEAP_DEAD_MIN=((size_t)500)"
for name in ${FUZZERS:-arrow pool slab text}; do
    # shellcheck disable=SC2086 # flags are several words
    ${CC:-cc} $flags $small ${CFLAGS:-} -Icore/include -Icore/src -Ifuzz -Itests/core \
        core/src/*.c core/src/arrow/*.c core/src/os/posix.c tests/core/arrow_kit.c \
        fuzz/driver.c "fuzz/${name}_fuzz.c" -o "$out/$name"
    printf '%s: ' "$name"
    if ! "$out/$name" "${1:-10}" "${2:-0}" 2>"$out/$name.log"; then
        tr '\r' '\n' <"$out/$name.log" | tail -n 40
        exit 1
    fi
done
