#!/bin/sh
# Run each fuzzer of the core for so many seconds, with the address and undefined-behaviour sanitizers: fuzz/run.sh [SECONDS [FIRST_SEED]]
# CC and CFLAGS are taken from the environment. With clang, -fsanitize=fuzzer in place of driver.c makes a libFuzzer program.
set -eu
cd "$(dirname "$0")/.."
flags="-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror -O2 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for name in arrow slab text; do
    # shellcheck disable=SC2086 # flags are several words
    ${CC:-cc} $flags ${CFLAGS:-} -Icore/include -Ifuzz -Itests/core core/src/*.c tests/core/arrow_kit.c fuzz/driver.c "fuzz/${name}_fuzz.c" -o "$out/$name"
    printf '%s: ' "$name"
    if ! "$out/$name" "${1:-10}" "${2:-0}" 2>"$out/$name.log"; then
        tr '\r' '\n' <"$out/$name.log" | tail -n 40
        exit 1
    fi
done
