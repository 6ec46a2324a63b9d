"""Nothing a pod sends leaves the cluster: rules on the node, kept across a restart of the node."""

from harness.engine import clusternode
from harness.engine.engine import Engine

POD_SUBNET = "10.244.0.0/16"  # kind's default, stated in our configuration too
UNIT = "breakfix-egress.service"
TABLE = "breakfix_egress"
# Pods keep reaching pods and (after translation) Services, whose endpoints are pods or the node itself.
# Answers to what came in from outside may leave. 127.0.0.0/8 is how a Docker engine's DNS is reached.
# A table of its own, before iptables' filter: what a network policy accepts there is not asked again by later rules.
# Refusals are told at once, however many, so that nothing waits for a timeout. The search domains of the machine's own
# network go: pods would look every name of the cluster up there as well, where no answer comes from.
# On a worker the API server is another machine: pods may reach it there, as they may where it is their own node.
SCRIPT = f"""#!/bin/sh
set -eu
server=$(getent ahostsv4 CONTROL_PLANE | sed -n '1s/ .*//p')
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
names=$(sed '/^search/d' /etc/resolv.conf)
echo "$names" >/etc/resolv.conf
exec nft -f - <<RULES
table ip {TABLE} {{ }}
delete table ip {TABLE}
table ip {TABLE} {{
  chain forward {{
    type filter hook forward priority filter - 10;
    ${{server:+ip daddr $server tcp dport 6443 accept}}
    ip saddr {POD_SUBNET} ip daddr != {POD_SUBNET} ct state != {{ established, related }} counter reject
  }}
  chain input {{
    type filter hook input priority filter - 10;
    ip saddr {POD_SUBNET} ip daddr 127.0.0.0/8 counter reject
  }}
}}
RULES
"""
SERVICE = """[Unit]
Description=Keep what pods send inside the cluster
Before=kubelet.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/bin/breakfix-egress
[Install]
WantedBy=multi-user.target
"""
INSTALL = f"""set -eu
cat >/usr/local/bin/breakfix-egress <<'END'
{SCRIPT}END
chmod 755 /usr/local/bin/breakfix-egress
cat >/etc/systemd/system/{UNIT} <<'END'
{SERVICE}END
systemctl enable --quiet {UNIT}
systemctl restart {UNIT}
"""


def confine(engine: Engine, node: str, control_plane: str) -> None:
    """Drop what pods of this node send out of the cluster, now and after a restart; safe to repeat.

    `control_plane` names the node that the API server runs on.

    Raises: ProcessError when the node refuses the rules.
    """
    script = INSTALL.replace("CONTROL_PLANE", control_plane)
    clusternode.execute(engine, node, ["sh", "-s"], timeout=60, stdin=script.encode())
