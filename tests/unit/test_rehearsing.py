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


def test_a_pod_is_told_to_be_in_a_state_once_as_long_as_it_stays() -> None:
    """What else is known of it changes meanwhile: it runs, it listens."""
    seen = dict(reports.kept("reference").observations["steady"])
    zero, snap = seen["phases"]["applied"], {"name": "web-1", "own": True, "deleting": False, "restarts": 0}
    seen["pods"] = [
        {**snap, "t": zero + t, "ready": ready, "state": state}
        for t, ready, state in ((1, False, "Pending"), (2, False, "Running, not ready"), (5, True, "Running, ready"))
    ]
    assert "pod 1  web-1: starting from 1 s, ready from 5 s" in list(story(seen))


def test_it_gives_no_verdict() -> None:
    for name in ("broken", "reference"):
        assert not [line for line in told(name, "steady") if "PASS" in line or "FAIL" in line]


def test_it_says_what_the_api_server_refused() -> None:
    seen = dict(reports.kept("broken").observations["steady"])
    seen["apply_errors"] = [{"object": "Deployment/a in b", "message": "no such field"}]
    assert next(iter(story(seen))) == "refused: Deployment/a in b: no such field"


def test_it_says_what_releases_drains_and_more_load_came_to_and_when_requests_were_lost() -> None:
    """By time, among the rest; a drain that is refused in the API server's words."""
    seen = dict(reports.kept("reference").observations["steady"])
    zero = seen["phases"]["applied"]
    pods = [{"pod": "web-1", "tries": 3, "refused": "it would violate the budget", "evicted": None}]
    lost = {
        "kind": "lost",
        "what": "ranking",
        "status": None,
        "error": "refused",
        "ms": 1.0,
        "correct": None,
        "server": "",
    }
    answered = {"kind": "answered", "t": zero + 20, "seconds": 0.5, "versions": {"1": 10}, "lost": 2, "slowest": 9.0}
    seen |= {
        "probes": [
            answered,
            {"t": zero + 20.1, **lost},
            {"t": zero + 20.6, **lost},
            *({"t": zero + t, **lost} for t in (23.5, 24.0, 25.9)),
        ],
        "loads": [{"t": zero + 5, "rps": 20}],
        "rollouts": [{"t": zero + 10, "within": 60, "over": zero + 21.5, "late": None, "said": "2 of 2"}],
        "scaled": [{"t": zero + 12, "least": 4, "within": 60, "over": None, "late": None, "ready": 3}],
        "drains": [{"t": zero + 30, "node": "n1", "within": 45, "over": None, "late": None, "pods": pods}],
    }
    lines = [line.strip() for line in story(seen)]
    wanted = [
        "5.0 s  20 requests a second from now on",
        "10.0 s  a rollout is waited for: done after 11.5 s",
        "12.0 s  4 ready pods are waited for: 3 are ready",
        "20.0 s  2 requests that were sent in this second are lost",
        "23.0 s  3 requests that were sent in these 3 seconds are lost",
        "30.0 s  n1 is drained: web-1 is refused: it would violate the budget",
        "12 requests of the callers of the ticket: 10 x right, 2 x lost",
        "5 requests of theirs that were lost, as far as they are told one by one: 5 x refused",
    ]
    assert [line for line in lines if line in wanted] == wanted


def test_it_says_what_became_of_each_job_and_what_the_workload_wrote_down() -> None:
    """By time; who read what is left out."""
    seen = dict(reports.kept("reference").observations["steady"])
    zero = seen["phases"]["applied"]
    end = {"within": 45, "late": None, "message": "", "disrupted": 0, "last": ""}
    seen |= {
        "tellings": [
            {"t": zero + 4, "word": "good", "answer": {"number": 1}, "trouble": ""},
            {
                "t": zero + 60,
                "word": "ledger",
                "answer": {
                    "entries": [
                        {"t": zero + 4, "call": "night", "number": 1, "day": "2025-03-01"},
                        {"t": zero + 7, "call": "batch", "pod": "10.0.0.1", "day": "2025-03-01"},
                        {"t": zero + 9, "call": "register", "version": 2, "told": 0.9665969},
                    ]
                },
                "trouble": "",
            },
        ],
        "starts": [
            {"t": zero + 5, "cronjob": "retrain", "job": "retrain-a", "telling": 1, "trouble": ""},
            {"t": zero + 20, "cronjob": "retrain", "job": "retrain-b", "telling": 0, "trouble": ""},
            {"t": zero + 50, "cronjob": "retrain", "job": "", "telling": 1, "trouble": "there is no CronJob retrain"},
        ],
        "ends": [
            {"t": zero + 10, "job": "retrain-a", "began": zero + 5, "end": "Complete", "over": zero + 9.5, "tries": 1, **end},
            {"t": zero + 70, "job": "retrain-b", "began": zero + 20, "end": "", "over": None, "tries": 3, **end},
        ],
    }  # fmt: skip
    lines = [line.strip() for line in story(seen)]
    wanted = [
        "5.0 s  good: Job/retrain-a, Complete after 4.5 s",
        "9.0 s  register: version 2, told 0.9666",
        "20.0 s  by hand: Job/retrain-b, not over in time, tried 3 times",
        "50.0 s  no Job of CronJob/retrain: there is no CronJob retrain",
    ]
    assert [line for line in lines if line in wanted] == wanted
    assert not [line for line in lines if "batch" in line or "night" in line]
