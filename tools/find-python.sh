#!/bin/sh
# find-python.sh VERSION    Print the path of a Python of this version ("3.13", free-threaded
#                           "3.13t"), or fail in silence.
# Looks on PATH, then among pyenv's.
version=${1:?usage: find-python.sh VERSION}
number=${version%t}

pyenv=$HOME/.pyenv/versions
says='import sys
print(sys.executable)
sys.exit("%d.%d" % sys.version_info[:2] + getattr(sys, "abiflags", "") != sys.argv[1])'
for candidate in "python$version" \
    "$pyenv/$number".*/bin/"python$version" "$pyenv/$number"t*/bin/"python$version"; do
    # Asked, because a command of that name may be a shim that only says that it is not set up.
    path=$("$candidate" -c "$says" "$version" 2>/dev/null) || continue
    echo "$path"
    exit 0
done
exit 1
