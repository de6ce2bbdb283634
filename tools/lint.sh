#!/bin/sh
# lint.sh VENV BUILD     Formatters and linters; all of them run, and any finding fails. A tool that
#                        is not in VENV is named and left out.
# BUILD is a meson build directory: clang-tidy takes the compiler's options from there.
# TIDY_DIRS="binding": clang-tidy looks into these only (the core has no Python.h, so its findings
# are the same with every Python).
venv=${1:?usage: lint.sh VENV BUILD}
build=${2:?usage: lint.sh VENV BUILD}
failed=

have() {
    [ -x "$venv/bin/$1" ] && return 0
    echo "lint: $1 is not installed, left out"
    return 1
}

check() {
    echo "lint: $1"
    shift
    "$@" || failed="$failed $(basename "$1")"
}

find core binding tests/core fuzz bench -name '*.[ch]' 2>/dev/null | sort >"$build/lint-c-files"

if have ruff; then
    check "ruff check" "$venv/bin/ruff" check --quiet .
    check "ruff format" "$venv/bin/ruff" format --quiet --diff .
fi
check "width of lines" "$venv/bin/python" tools/width.py
check "where Python code can run" "$venv/bin/python" tools/user_code.py
check "who includes whom" "$venv/bin/python" tools/layers.py
check "circles of imports" "$venv/bin/python" tools/layers_py.py
# The cache of mypy belongs to this environment: two environments that lint side by side would write
# into one another's.
have mypy && check "mypy --strict" "$venv/bin/mypy" --no-error-summary --cache-dir "$build/mypy" \
    --python-executable "$venv/bin/python"
have basedpyright &&
    check "pyright" "$venv/bin/basedpyright" --level error --pythonpath "$venv/bin/python"
if have clang-format; then
    echo "lint: clang-format"
    # One line a file is enough: make format repairs them.
    xargs "$venv/bin/clang-format" --dry-run <"$build/lint-c-files" 2>&1 |
        sed -n 's/^\([^ :]*\):\([0-9]*\):.*clang-format.*/\1:\2: not formatted/p' |
        sort -t : -u -k 1,1 >"$build/lint-format"
    [ ! -s "$build/lint-format" ] || { cat "$build/lint-format"; failed="$failed clang-format"; }
fi

# clang-tidy takes seconds a file. So it looks only into files that changed since it last found
# nothing, or into all when a header changed.
if have clang-tidy; then
    stamp=$build/lint-tidy-clean$(echo "${TIDY_DIRS:-}" | tr '/ ' '--')
    if [ -e "$stamp" ] && [ -z "$(find core binding .clang-tidy -newer "$stamp" \
        \( -name '*.h' -o -name meson.build -o -name .clang-tidy \))" ]; then
        changed=$(find ${TIDY_DIRS:-core/src binding} -name '*.c' -newer "$stamp")
    else
        changed=$(find ${TIDY_DIRS:-core/src binding} -name '*.c')
    fi
    # Files of other systems (core/src/os/) are not compiled here.
    changed=$(for file in $changed; do
        ! grep -q "/$file\"" "$build/compile_commands.json" || echo "$file"
    done)
    now=$build/lint-tidy-begun
    : >"$now"
    if [ -n "$changed" ]; then
        echo "lint: clang-tidy ($(echo "$changed" | wc -l) files)"
        # Its chatter ("12 warnings generated, suppressed ...") goes to stderr even with --quiet.
        if echo "$changed" | xargs -n 1 -P "$(nproc 2>/dev/null || echo 2)" \
            "$venv/bin/clang-tidy" -p "$build" --quiet 2>"$build/lint-tidy-stderr"; then
            mv "$now" "$stamp"
        else
            grep -E 'error|fatal' "$build/lint-tidy-stderr"
            failed="$failed clang-tidy"
        fi
    fi
fi

[ -z "$failed" ] || {
    echo "lint: findings of:$failed" \
        "  (make format repairs what ruff format and clang-format find)" >&2
    exit 1
}
