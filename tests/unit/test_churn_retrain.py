"""The platform of the retraining as a real process, and nights that scripts of the exercise are played on, without a cluster."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.checks import CheckFailureError, Observed
from grader.checks import nights as judged
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises import faults

IMAGE = paths.KIT / "harness" / "images" / "churn-retrain"
EXERCISE = exercises.load("nightly-retrain")
STEPS = ("validate", "train", "promote")
COLUMNS = ("tenure", "calls", "spend", "logins")
BAD = ("out-of-range", "empty", "short", "gaps", "no-column", "stale", "mixed",
       *(each.format(name) for name in COLUMNS for each in ("{}-below", "{}-above", "{}-gaps", "no-{}")))  # fmt: skip
CHAIN = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)"  # one process: numpy takes most of the time
Start = Callable[..., Any]


class Platform:
    """A platform, its driver, and scripts that are run against it."""

    def __init__(self, start: Start, folder: Path) -> None:
        self.folder = folder
        self.env = {"PYTHONPATH": str(IMAGE), "MODEL_PLATFORM_SOCKET": str(folder / "socket"), "PATH": "/usr/bin:/bin"}
        self.program = start("churn-retrain", "model_platform", port_in="LISTEN_PORT",
                             MODEL_PLATFORM_SOCKET=self.env["MODEL_PLATFORM_SOCKET"])  # fmt: skip
        self.program.until((folder / "socket").exists, "it listens to its driver")
        self.told: list[dict[str, Any]] = []
        self.starts: list[dict[str, Any]] = []
        self.ends: list[dict[str, Any]] = []

    def tell(self, word: str) -> dict[str, Any]:
        """Tell it something, and return what it answers."""
        command = [sys.executable, "-m", "driver", word]
        found: dict[str, Any] = json.loads(
            subprocess.run(command, env=self.env, capture_output=True, check=True).stdout
        )
        self.told.append({"t": 0.0, "word": word, "answer": found, "trouble": ""})
        return found

    def night(self, world: str, scripts: dict[str, str]) -> None:
        """Have a night, and run the scripts in order until one fails."""
        env = {**self.env, **self.tell(world)["env"], "MODEL_PLATFORM_URL": f"http://127.0.0.1:{self.program.port}"}
        work, end = self.folder / f"night-{len(self.told)}", "Complete"
        work.mkdir()
        for step in STEPS:
            (work / f"{step}.py").write_text(scripts[f"{step}.py"].replace("/work/", f"{work}/"))
        command = [sys.executable, "-c", CHAIN, *(str(work / f"{step}.py") for step in STEPS)]
        if subprocess.run(command, env=env, capture_output=True, check=False, timeout=60).returncode:
            end = "Failed"
        job = f"job-{len(self.told)}"
        self.starts.append({"telling": len(self.told), "job": job, "trouble": ""})
        self.ends.append({"job": job, "end": end, "message": "", "tries": 1, "over": 1.0, "late": None, "began": 0.0,
                          "within": 30.0, "last": ""})  # fmt: skip

    def observed(self) -> Observed:
        """Return what a scenario would have seen."""
        self.tell("ledger")
        data = {
            "apply_errors": [],
            "phases": {"ready": 1.0},
            "tellings": self.told,
            "starts": self.starts,
            "ends": self.ends,
        }
        return Observed("nights", data, {"kind": "Deployment", "name": "model-platform"})


@pytest.fixture
def platform(start: Start, tmp_path: Path) -> Platform:
    """Start a platform."""
    return Platform(start, tmp_path)


def scripts(*names: str) -> dict[str, str]:
    """Return the reference's scripts with faults."""
    chosen = [fault for fault in faults.load(EXERCISE) if fault.id in names]
    found: dict[str, str] = yaml.safe_load(faults.broken_files(EXERCISE, chosen)["manifests/scripts.yaml"])["data"]
    return found


def test_the_reference_refuses_each_bad_night_and_trains_on_the_good_one(platform: Platform) -> None:
    for world in ("good", "edges", *BAD):
        platform.night(world, scripts())
    observed = platform.observed()
    good, edges, *bad = judged.nights(observed)
    for night in (good, edges):
        judged.need_promoted(night)
        assert not night.alerts("data")
    assert [night.world for night in bad] == list(BAD)
    for night in bad:
        judged.need_reported(night, night.world)
        judged.need_run(night, "Failed")
        judged.need_untouched(night, "here")
        assert not night.calls("register")


def test_the_reference_promotes_what_is_better_newer_and_finite(platform: Platform) -> None:
    for world in ("good", "mislabelled", "hair", "tie", "constant", "drifted", "rerun", "again", "overtaken"):
        platform.night(world, scripts())
    observed = platform.observed()
    promoted = {night.world: bool(night.calls("promote")) for night in judged.nights(observed)}
    assert promoted == {
        "good": True,
        "mislabelled": False,
        "hair": False,
        "tie": True,
        "constant": False,
        "drifted": True,
        "rerun": False,
        "again": False,
        "overtaken": False,
    }
    paged = {night.world: bool(night.alerts("quality")) for night in judged.nights(observed)}
    assert {world for world, was in paged.items() if was} == {"drifted"}
    for night in judged.nights(observed):
        registered = night.calls("register")
        assert registered
        assert all(judged.right(night, entry) for entry in registered) is (night.world != "constant")
        better = night.world in ("good", "tie", "drifted", "rerun", "again", "overtaken")
        assert [entry["better"] for entry in registered] == [better]


@pytest.mark.parametrize(
    ("fault", "world", "alerts", "promoted"),
    [
        ("vacuous", "short", 0, True),
        ("nulls-pass", "gaps", 0, True),
        ("rule-left-out", "no-column", 0, False),
        ("stale-passes", "stale", 0, True),
        ("stored-metric", "mislabelled", 0, True),
        ("old-day-wins", "rerun", 0, True),
        ("nan-wins", "constant", 0, True),
        ("alert-reversed", "good", 1, True),
        ("alert-reversed", "drifted", 0, True),
    ],
)
def test_a_fault_shows_on_its_night(platform: Platform, fault: str, world: str, alerts: int, *, promoted: bool) -> None:
    platform.night(world, scripts(fault))
    (night,) = judged.nights(platform.observed())
    assert (len(night.calls("alert")), bool(night.calls("promote"))) == (alerts, promoted)


def test_a_late_batch_lands_and_one_that_never_does_not(platform: Platform) -> None:
    day = platform.tell("late")["day"]
    assert platform.program.call("GET", f"/batches/{day}")[0] == 404
    platform.program.until(lambda: platform.program.call("GET", f"/batches/{day}")[0] == 200, "it lands")
    told = platform.tell("never")
    assert told["env"] == {"RETRAIN_DAY": told["day"]}
    assert platform.program.call("GET", f"/batches/{told['day']}")[0] == 404


@pytest.mark.parametrize("next_call", ["/holdout", "/models/production", "/day"])
def test_on_a_slow_night_the_next_answer_after_the_batch_takes_its_time(platform: Platform, next_call: str) -> None:
    day = platform.tell("slow")["day"]
    assert platform.program.call("GET", "/holdout")[0] == 200
    assert platform.program.call("GET", f"/batches/{day}")[0] == 200
    with closing(HTTPConnection("127.0.0.1", platform.program.port, timeout=0.5)) as impatient:
        impatient.request("GET", next_call)
        with pytest.raises(TimeoutError):
            impatient.getresponse()
    assert platform.program.call("GET", next_call)[0] == 200
    assert platform.program.call("GET", f"/batches/{day}")[0] == 200
    with closing(HTTPConnection("127.0.0.1", platform.program.port, timeout=3)) as patient:
        patient.request("GET", next_call)  # it has its batch: nothing takes 6 seconds a second time
        assert patient.getresponse().status == HTTPStatus.OK


def test_an_overtaken_day_is_newer_than_what_serves_until_its_batch_is_handed_out(platform: Platform) -> None:
    day = platform.tell("overtaken")["day"]
    assert platform.program.call("GET", "/models/production")[1]["day"] < day
    assert platform.program.call("GET", f"/batches/{day}")[0] == 200
    assert platform.program.call("GET", "/models/production")[1]["day"] > day


def test_what_is_no_model_or_no_word_is_refused(platform: Platform) -> None:
    assert "there is no world" in platform.tell("nonsense")["error"]
    assert platform.program.call("POST", "/models", {"day": "2026-01-01", "model": {"mean": 1}, "score": 0})[0] == 400
    assert platform.program.call("POST", "/production", {"version": 99})[0] == 400
    assert platform.program.call("GET", "/nowhere")[0] == 404


def test_a_night_that_was_not_played_fails(platform: Platform) -> None:
    platform.night("good", scripts())
    with pytest.raises(CheckFailureError, match="not played"):
        judged.only(platform.observed(), "stale")
