#!/bin/sh
# Sets up the virtual environment, once: done again only when the locked requirements change.
# Installs Debian packages when root; otherwise says the one line to type.
set -eu
venv=$1
lock=toolkit/requirements/dev.txt
stamp="$venv/.ready-$(cat "$lock" pyproject.toml | sha256sum | cut -c1-16)"
[ -e "$stamp" ] && exit 0

python=
for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing Debian packages: python3 python3-venv"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv >/dev/null
        python=python3
    else
        echo "Python 3.11 or newer with venv is missing. Type: sudo apt-get install python3 python3-venv" >&2
        exit 30
    fi
fi

# WeasyPrint draws the evidence with Pango; a minimal machine has none
if ! "$python" -c 'import ctypes
for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"): ctypes.CDLL(name)' 2>/dev/null; then
    packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing Debian packages: $packages"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null
    else
        echo "Pango is missing, which draws the evidence. Type: sudo apt-get install $packages" >&2
        exit 30
    fi
fi

echo "setting up $venv (once, about a minute)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
rm -f "$venv"/.ready-*
touch "$stamp"
