"""The trainer as a real process, with a stand-in for the driver's tool on its path."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.exercises import jobs

Start = Callable[..., Any]


@pytest.fixture
def train(start: Start, tmp_path: Path) -> Start:
    """Start a training that sees two GPUs; flags and variables may be changed."""
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text(
        "#!/bin/sh\necho 'GPU 0: X (UUID: GPU-a)'\necho 'GPU 1: X (UUID: GPU-b)'\necho 'GPU 2: X (UUID: GPU-c)'\n"
    )
    tool.chmod(0o755)

    def begin(*flags: str, **env: str) -> Any:
        told = {
            "PATH": f"{tool.parent}:{os.environ['PATH']}", "NVIDIA_VISIBLE_DEVICES": "GPU-a,GPU-b",
            "TRAINER_DATASET": "a dataset", "TRAINER_OUTPUT": str(tmp_path / "out"), "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        return start("trainer", "trainer", *flags, **(told | env))

    return begin


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_learns_what_the_harness_expects_of_the_dataset(train: Start, workers: str) -> None:
    program = train("--epochs=2", f"--workers={workers}")
    result = program.says("training done")
    assert program.ends() == 0
    assert (result["devices"], result["workers"], result["epochs"]) == (["GPU-a", "GPU-b"], int(workers), 2)
    assert result["weights"] == pytest.approx(jobs.weights("a dataset"), abs=0.005)


@pytest.mark.parametrize("flag", ["--work=1", "--epoch=1", "--pa=0"])
def test_a_flag_has_no_short_form(train: Start, flag: str) -> None:
    """Else what a command line says would not be what its reader looks for."""
    assert train(flag).ends() == 2


def test_it_goes_on_from_its_checkpoint_but_not_from_another_datasets(train: Start, tmp_path: Path) -> None:
    assert train("--epochs=2").ends() == 0
    again = train("--epochs=3")
    assert again.ends() == 0
    assert [line["epoch"] for line in again.lines() if line["message"] == "epoch done"] == [3]
    assert [line["epoch"] for line in again.lines() if line["message"] == "going on from a checkpoint"] == [2]
    other = train("--epochs=1", TRAINER_DATASET="another")
    assert other.ends() == 0
    assert json.loads((tmp_path / "out" / "checkpoint.json").read_text())["epoch"] == 1


@pytest.mark.parametrize(
    ("env", "error"),
    [
        ({"NVIDIA_VISIBLE_DEVICES": "all"}, "no GPU: NVIDIA_VISIBLE_DEVICES is 'all'"),
        ({"PATH": "/nowhere"}, "no GPU: nvidia-smi cannot be run"),
        ({"TRAINER_OUTPUT": "/proc/none"}, "the checkpoint cannot be written to /proc/none"),
    ],
)
def test_what_it_lacks_is_told_in_its_log(train: Start, env: dict[str, str], error: str) -> None:
    program = train("--epochs=1", **env)
    assert program.ends() == 1
    assert error in program.says("training failed")["error"]


def test_it_takes_its_time_and_ends_at_once_when_told_to(train: Start, tmp_path: Path) -> None:
    """What was told as done is kept, though the process ends in the middle of an epoch."""
    program = train("--epochs=50", "--pace=0.3")
    told = program.says("epoch done")["epoch"]
    program.tell(signal.SIGTERM)
    assert program.ends() == 128 + 15
    assert json.loads((tmp_path / "out" / "checkpoint.json").read_text())["epoch"] >= told
    assert train("--pace=-1").ends() == 2


def test_a_dead_loader_worker_ends_it(module: Callable[[str], Any]) -> None:
    loader = module("trainer/trainer/loader.py")
    assert loader._end(-7) == "was killed by SIGBUS; it was writing to shared memory, /dev/shm"
    assert loader._end(-9) == "was killed by SIGKILL"
    assert loader._end(3) == "ended with exit code 3"
