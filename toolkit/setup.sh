#!/bin/sh
# Sets up the virtual environment, once: done again only when the locked requirements change.
# Installs Debian packages when root; otherwise says the one line to type.
set -eu
venv=$1
lock=toolkit/requirements/dev.txt
stamp="$venv/.ready-$(cat "$lock" pyproject.toml | sha256sum | cut -c1-16)"
[ -e "$stamp" ] && exit 0

find_python() {
    for name in python3.11 python3.12 python3.13 python3; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

# WeasyPrint draws the evidence with Pango; a minimal machine has none
has_pango() {
    "$1" -c 'import ctypes
for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"): ctypes.CDLL(name)' 2>/dev/null
}

python=$(find_python)
missing=
[ -n "$python" ] || missing="python3 python3-venv"
[ -n "$python" ] && has_pango "$python" || missing="$missing libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
missing=${missing# }
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing Debian packages: $missing"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
        python=$(find_python)
    else
        echo "metadrill needs Python 3.11 or newer with venv, and Pango, which draws the evidence; Debian packages are missing." >&2
        echo "Type: sudo apt-get install $missing" >&2
        exit 30
    fi
fi
if [ -z "$python" ]; then
    echo "Python 3.11 or newer with venv is not there, and apt-get has none." >&2
    exit 30
fi

echo "setting up $venv (once, about a minute)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
rm -f "$venv"/.ready-*
touch "$stamp"
