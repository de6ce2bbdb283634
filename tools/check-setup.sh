#!/bin/sh
# check-setup.sh PYTHON     Is everything here that the build needs? What is missing is named in one
#                           line.
python=${1:-python3}

missing() {
    echo "cslots: $*" >&2
    exit 1
}

command -v "$python" >/dev/null ||
    missing "$python is not installed; cslots needs CPython 3.11 or newer" \
        "(another one: make PYTHON=/path/to/python)"

# Written for any Python, so that an old one gets this far. The last line that it prints is what is
# missing.
said=$("$python" - <<'PY'
import os, sys
if sys.version_info < (3, 11):
    print("%s is Python %d.%d; cslots needs 3.11 or newer "
          "(another one: make PYTHON=/path/to/python)"
          % ((sys.argv[1:] or [sys.executable])[0], sys.version_info[0], sys.version_info[1]))
    sys.exit()
if sys.implementation.name != "cpython":
    print("%s is %s; cslots is an extension for CPython"
          % (sys.executable, sys.implementation.name))
    sys.exit()
try:
    import ensurepip, venv
except ImportError:
    print("%s has no venv module (Debian, Ubuntu: apt install python3-venv)" % sys.executable)
    sys.exit()
import sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
if not os.path.exists(header):
    print("%s is missing: the headers of %s (Debian, Ubuntu: apt install python3-dev)"
          % (header, sys.executable))
PY
) || missing "$python does not run"
[ -z "$said" ] || missing "$said"

for cc in ${CC:-cc gcc clang}; do
    command -v "$cc" >/dev/null && exit 0
done
missing "no C compiler: ${CC:-cc, gcc or clang} is not installed (Debian, Ubuntu: apt install gcc)"
