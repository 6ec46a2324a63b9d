"""What is undone after a Docker engine of our own."""

from pathlib import Path

from harness.containers import dockerengine

RULES = """-P FORWARD ACCEPT
-N DOCKER
-N DOCKER-USER
-N NETAVARK_FORWARD
-A FORWARD -j NETAVARK_FORWARD
-A FORWARD -j DOCKER-USER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -o docker0 -j DROP
"""


def test_only_dockers_rules_are_removed() -> None:
    """Podman's chains, which live in the same tables, are left alone."""
    assert dockerengine.removals(RULES.splitlines()) == [
        ["-D", "FORWARD", "-j", "DOCKER-USER"],
        ["-D", "POSTROUTING", "-s", "172.17.0.0/16", "!", "-o", "docker0", "-j", "MASQUERADE"],
        ["-F", "DOCKER"],
        ["-F", "DOCKER-USER"],
        ["-X", "DOCKER"],
        ["-X", "DOCKER-USER"],
    ]


def test_every_path_of_the_engine_is_its_own(tmp_path: Path) -> None:
    settings = dockerengine.settings(tmp_path)
    assert all(str(settings[key]).startswith(str(tmp_path)) for key in ("data-root", "exec-root", "pidfile"))
    assert settings["hosts"] == [f"unix://{tmp_path}/docker.sock"]
