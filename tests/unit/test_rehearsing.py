"""What `breakfix play` tells of a scenario, from what reports have kept of some."""

from breakfix.commands.rehearsing import story

from . import reports


def told(name: str, scenario: str) -> list[str]:
    seen = reports.kept(name).observations[scenario]
    return list(story(seen))


def test_it_tells_what_happened_by_time_then_each_pod_then_who_called() -> None:
    lines = told("cheat", "steady")
    times = [float(line.split(" s ")[0]) for line in lines if line[:8].strip().replace(".", "").isdigit()]
    assert times == sorted(times)
    assert len(times) > 3
    assert any("one server made to hang" in line for line in lines)
    assert any(line.startswith("pod 1 ") and "ready from" in line for line in lines)
    assert any("requests of the callers of the ticket: " in line and " x 200, right" in line for line in lines)


def test_it_gives_no_verdict() -> None:
    for name in ("broken", "reference"):
        assert not [line for line in told(name, "steady") if "PASS" in line or "FAIL" in line]


def test_it_says_what_the_api_server_refused() -> None:
    seen = dict(reports.kept("broken").observations["steady"])
    seen["apply_errors"] = [{"object": "Deployment/a in b", "message": "no such field"}]
    assert next(iter(story(seen))) == "refused: Deployment/a in b: no such field"
