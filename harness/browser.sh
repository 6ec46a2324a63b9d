#!/bin/sh
# Installs headless Chromium and its driver on Debian where they are missing, for the tests of the HTML report.
# Elsewhere says what to install. Does nothing where both are here already.
set -eu

PACKAGES="chromium chromium-driver fonts-dejavu-core"

say() { printf '%s\n' "breakfix: $*" >&2; }

if command -v chromedriver >/dev/null 2>&1 &&
  { command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }; then
  exit 0
fi
if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
  say "the tests in tests/browser need Chromium and chromedriver (on Debian: sudo sh $0)"
  exit 3
fi
if [ -t 0 ] && [ -t 2 ]; then
  printf 'breakfix: the tests in tests/browser need a browser. Install these with apt-get? %s [y/N] ' "$PACKAGES" >&2
  read -r answer
  case "$answer" in [yY]*) ;; *) say "nothing installed"; exit 3 ;; esac
fi
say "installing $PACKAGES"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends $PACKAGES; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  say "apt-get could not install them; see above"
  exit 3
fi
