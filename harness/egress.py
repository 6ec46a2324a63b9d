"""Nothing a pod sends leaves the cluster: rules on the node, kept across a restart of the node."""

from harness import clusternode
from harness.engine import Engine

POD_SUBNET = "10.244.0.0/16"  # kind's default, stated in our configuration too
UNIT = "breakfix-egress.service"
# Pods keep reaching pods and (after translation) Services, whose endpoints are pods or the node itself.
# Answers to what came in from outside may leave. 127.0.0.0/8 is how a Docker engine's DNS is reached.
SCRIPT = f"""#!/bin/sh
set -eu
chain() {{
  iptables -w 10 -N "$1" 2>/dev/null || iptables -w 10 -F "$1"
}}
jump() {{
  iptables -w 10 -C "$@" 2>/dev/null || iptables -w 10 -I "$@"
}}
chain BREAKFIX-EGRESS
iptables -w 10 -A BREAKFIX-EGRESS -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
iptables -w 10 -A BREAKFIX-EGRESS -d {POD_SUBNET} -j RETURN
iptables -w 10 -A BREAKFIX-EGRESS -j REJECT
jump FORWARD -s {POD_SUBNET} -j BREAKFIX-EGRESS
jump INPUT -s {POD_SUBNET} -d 127.0.0.0/8 -j REJECT
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


def confine(engine: Engine, node: str) -> None:
    """Drop what pods of this node send out of the cluster, now and after a restart; safe to repeat.

    Raises: ProcessError when the node refuses the rules.
    """
    clusternode.execute(engine, node, ["sh", "-s"], timeout=60, stdin=INSTALL.encode())
