#!/bin/sh
# Build the core and its tests with nothing but a C compiler, and run them:
#   tests/core/run.sh [asan] [none] [part of a test's name]
# asan: with the address and undefined-behaviour sanitizers. none: with core/src/os/none.c, as on a
# system without mmap and VirtualAlloc. CC and CFLAGS are taken from the environment.
set -eu
cd "$(dirname "$0")/../.."
flags="-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror"
flags="$flags -Wstrict-prototypes -Wmissing-prototypes -O2 -g"
if [ "${1:-}" = asan ]; then
    shift
    flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
fi
case $(uname) in
MINGW* | MSYS*) os=windows ;;
*) os=posix ;;
esac
if [ "${1:-}" = none ]; then
    shift
    os=none
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# shellcheck disable=SC2086 # flags are several words
${CC:-cc} $flags ${CFLAGS:-} -Icore/include -Icore/src -Itests/core \
    core/src/*.c core/src/arrow/*.c "core/src/os/$os.c" tests/core/*.c -o "$out/tests"
# Some tests ask for more memory than there is; that shall not end the program.
ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS:-}" "$out/tests" "$@"
