#!/bin/sh
# test-all-pythons.sh    The Python tests on every Python that is here; one line for each. Fails if
#                        one of them fails.
#
#   PYTHONS="python3.14 /opt/x/bin/python3"   these Pythons, instead of 3.11 to 3.15 and the
#                                             free-threaded ones on PATH and under pyenv
#   CHROOTS="/srv/sid ..."                    also those inside these directories (needs root):
#                                             the checkout is copied in and built there
versions="3.11 3.12 3.13 3.13t 3.14 3.14t 3.15 3.15t"
make=${MAKE:-make}
logs=build/logs
summary=$logs/summary
certificates=/tmp/cslots-certificates.crt # inside a chroot
version_of='import sys
print("%d.%d.%d%s" % (sys.version_info[:3] + (getattr(sys, "abiflags", ""),)))'
failed=0

mkdir -p "$logs"
: >"$summary"

report() { # NAME LOG STATUS
    closing=$(grep -E '^(=+ )?[0-9]+ (passed|failed|skipped|error).* in ' "$2" | tail -n 1 |
        sed 's/^=* *//; s/ *=*$//')
    [ "$3" = 0 ] || failed=1
    [ "$3" = 0 ] || tail -n 25 "$2"
    [ "$3" = 0 ] && word=passed || word=FAILED
    printf '%-24s %s: %s\n' "$1" "$word" "${closing:-see $2}" | tee -a "$summary"
}

left_out() { # NAME REASON
    printf '%-24s left out: %s\n' "$1" "$2" | tee -a "$summary"
}

name_of() {
    "$1" -c "$version_of"
}

here() { # PYTHON
    name=$(name_of "$1") || { left_out "$1" "does not run"; return; }
    log=$logs/$name.log
    echo "Python $name ($1) ..."
    status=0
    "$make" pytest PYTHON="$1" >"$log" 2>&1 || status=$?
    report "$name" "$log" "$status"
}

inside() { # CHROOT PYTHON
    name=$(chroot "$1" "$2" -c "$version_of" 2>/dev/null) || return 0
    reason=$(chroot "$1" /bin/sh -c "/tmp/cslots/tools/check-setup.sh $2" 2>&1) || {
        left_out "$name ($(basename "$1"))" "$reason"
        return 0
    }
    log=$logs/$name-$(basename "$1").log
    echo "Python $name in $1 ..."
    status=0
    chroot "$1" /bin/sh -c "cd /tmp/cslots && [ ! -e $certificates ] ||
        export PIP_CERT=$certificates SSL_CERT_FILE=$certificates
        exec make pytest PYTHON=$2" >"$log" 2>&1 || status=$?
    report "$name ($(basename "$1"))" "$log" "$status"
}

# The checkout as it is now goes in. Environments and objects that were built there before stay, to
# be used again.
enter() { # CHROOT
    mkdir -p "$1/tmp/cslots"
    find "$1/tmp/cslots" -mindepth 1 -maxdepth 1 ! -name '.venv*' ! -name build -exec rm -rf {} +
    git ls-files --cached --others --exclude-standard -z | xargs -0 ls -d 2>/dev/null |
        tar -cf - -T - | tar -xf - -C "$1/tmp/cslots"
    # The names of this machine's servers, and how its pip reaches packages, with the certificates
    # that it trusts.
    for file in /etc/resolv.conf /etc/pip.conf "$HOME/.config/pip/pip.conf"; do
        [ -e "$file" ] && [ ! -e "$1$file" ] && mkdir -p "$1$(dirname "$file")" &&
            cp "$file" "$1$file"
    done
    trusted=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
    [ -e "$trusted" ] && cp "$trusted" "$1$certificates"
    [ -e "$1/proc/self" ] || mount -t proc proc "$1/proc" ||
        echo "$1 has no /proc: tests that look at processes will fail"
    [ -e "$1/dev/null" ] || mount --bind /dev "$1/dev" || true
}

if [ -n "${PYTHONS:-}" ]; then
    for python in $PYTHONS; do here "$python"; done
else
    for version in $versions; do
        if python=$(tools/find-python.sh "$version"); then
            here "$python"
        else
            left_out "$version" "not installed"
        fi
    done
fi
for root in ${CHROOTS:-}; do
    enter "$root"
    for version in $versions; do inside "$root" "python$version"; done
done

echo
echo "The tests on every Python:"
cat "$summary"
exit "$failed"
