#!/bin/sh
# Build the core and its tests with nothing but a C compiler, and run them: tests/core/run.sh [asan] [part of a test's name]
# CC and CFLAGS are taken from the environment.
set -eu
cd "$(dirname "$0")/../.."
flags="-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror -Wstrict-prototypes -Wmissing-prototypes -O2 -g"
if [ "${1:-}" = asan ]; then
    shift
    flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# shellcheck disable=SC2086 # flags are several words
${CC:-cc} $flags ${CFLAGS:-} -Icore/include -Icore/src -Itests/core core/src/*.c core/src/arrow/*.c tests/core/*.c -o "$out/tests"
"$out/tests" "$@"
