# Runs in the build's first stage: Python in, everything that only installs or documents software out.
set -eu

if ! command -v python3 > /dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3 libstdc++6
fi

packages=/usr/local/lib/python3.11/dist-packages
mkdir -p "$packages"
cp -a /build/site-packages/. "$packages/"
# A read-only root file system cannot keep byte code, and compiling numpy at each start takes seconds.
python3 -m compileall -q --invalidation-mode unchecked-hash "$packages"

echo 'server:x:1000:1000:workload:/home/server:/bin/sh' >> /etc/passwd
echo 'server:x:1000:' >> /etc/group
install -d -o 1000 -g 1000 /home/server

libraries=$(dirname "$(ls /usr/lib/*-linux-gnu/libc.so.6)")
cd /usr/lib/python3.11
rm -rf ensurepip idlelib lib2to3 pydoc_data test turtledemo unittest config-3.11-*
cd "$libraries"
rm -rf gconv perl perl-base libapt-* libdb-5* libgnutls* libhogweed* libnettle* libp11-kit* libtasn1* libunistring*
cd /usr/share
rm -rf bash-completion debconf doc doc-base gdb info keyrings lintian locale man perl5 zoneinfo
rm -rf /usr/lib/apt /usr/lib/dpkg /var/cache/* /var/lib/apt /var/lib/dpkg/info /var/log/* /tmp/* /build
cd /usr/bin
rm -f apt* deb* dpkg* gpgv perl* localedef update-alternatives
ORT_DISABLE_TELEMETRY=1 python3 -c 'import ctypes, http.client, http.server, json, ssl, onnxruntime, numpy.typing'
