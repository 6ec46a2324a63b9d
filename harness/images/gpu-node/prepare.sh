# Runs in the build's first stage: Python and the programs in, everything that only installs or documents software out.
set -eu

if ! command -v python3 > /dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3 libstdc++6
fi

packages=/usr/local/lib/python3.11/dist-packages
mkdir -p "$packages" /app
cp -a /build/site-packages/. "$packages/"
cp -a /build/gpu_node /app/
install -m 0755 /build/bin/nvidia-smi /build/bin/local-path-provisioner /app/
python3 -m compileall -q --invalidation-mode unchecked-hash "$packages" /app

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
PYTHONPATH=/app python3 -c 'import gpu_node.plugin, gpu_node.metrics, gpu_node.fault'
