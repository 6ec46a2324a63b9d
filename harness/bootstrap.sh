#!/bin/sh
# Installs a container engine on Debian and Ubuntu where there is none; elsewhere says what to install.
# Does nothing where docker or podman is here already.
set -eu

# The engine (runc too: crun refuses hybrid cgroups), and debootstrap for images where no registry answers.
PACKAGES="podman runc crun conmon netavark aardvark-dns iptables uidmap fuse-overlayfs catatonit debootstrap"

say() { printf '%s\n' "breakfix: $*" >&2; }

docker_answers() {
  command -v docker >/dev/null 2>&1 && docker version >/dev/null 2>&1
}

podman_is_complete() {
  command -v podman >/dev/null 2>&1 || return 1
  # A rootful podman here may have to build its images, which needs debootstrap.
  [ "$(id -u)" -ne 0 ] || [ ! -e /etc/debian_version ] || command -v debootstrap >/dev/null 2>&1
}

agreed() {
  [ -t 0 ] && [ -t 2 ] || return 0
  printf 'breakfix: no container engine here. Install these with apt-get? %s [y/N] ' "$PACKAGES" >&2
  read -r answer
  case "$answer" in [yY]*) return 0 ;; *) return 1 ;; esac
}

if docker_answers || podman_is_complete; then
  exit 0
fi

if [ -e /etc/debian_version ] && [ "$(id -u)" -eq 0 ]; then
  if ! agreed; then
    say "nothing installed; install Docker or Podman yourself, then try again"
    exit 3
  fi
  say "installing $PACKAGES"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # shellcheck disable=SC2086 # a list of words
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends $PACKAGES; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    say "apt-get could not install them; see above"
    exit 3
  fi
  exit 0
fi

case "$(uname -s)" in
  Darwin) say "no container engine answers: install and start Docker Desktop, Colima or Podman Desktop" ;;
  *)
    if [ -e /etc/debian_version ]; then
      say "no container engine answers: start Docker, or run: sudo sh $0"
    else
      say "no container engine answers: install and start docker or podman with your package manager"
    fi
    ;;
esac
exit 3
