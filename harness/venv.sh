#!/bin/sh
# Makes .venv and installs a lock file into it: sh harness/venv.sh requirements.lock
# Does nothing where .venv holds exactly that already. Asks before it installs anything outside .venv.
set -eu

lock=$1
stamp=".venv/.installed"

say() { printf '%s\n' "breakfix: $*" >&2; }

suitable() {
  command -v "$1" >/dev/null 2>&1 &&
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if suitable "$python"; then
      printf '%s' "$python"
      return 0
    fi
  done
  return 1
}

install_python() {
  if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
    say "Python 3.11 or newer with its venv module is needed (on Debian and Ubuntu: sudo apt-get install python3-venv)"
    exit 3
  fi
  if [ -t 0 ] && [ -t 2 ]; then
    printf 'breakfix: Python with its venv module is needed. Install python3-venv with apt-get? [y/N] ' >&2
    read -r answer
    case "$answer" in [yY]*) ;; *) say "nothing installed"; exit 3 ;; esac
  fi
  say "installing python3-venv"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv ca-certificates; } >&2
}

wanted=$(cksum "$lock" pyproject.toml)
if [ -x .venv/bin/breakfix ] && [ -f "$stamp" ]; then
  installed=$(cat "$stamp")
  [ "$installed" = "$wanted" ] && exit 0
  # What develops the kit also runs it.
  full=$(cksum requirements-dev.lock pyproject.toml)
  [ "$lock" = requirements.lock ] && [ "$installed" = "$full" ] && exit 0
fi

python=$(find_python) || { install_python; python=$(find_python); }
say "installing $lock into .venv"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
printf '%s\n' "$wanted" > "$stamp"
