"""How often a command starts its program, as files tell."""

import math

import pytest
import yaml

from grader.checks import Submission
from grader.checks.tries import tries_of
from grader.checks.view import View
from harness.files.manifests import parse

TRAIN = 'python3 -m trainer "$@"'


@pytest.mark.parametrize(
    ("script", "times"),
    [
        (TRAIN, 1),
        (f"exec {TRAIN}", 1),
        (f"for try in 1 2 3; do\n  {TRAIN} && exit 0\ndone\nexit 1", 3),
        (f"for try in $(seq 4); do {TRAIN} && break; done", 4),
        (f"for try in $(seq 2 3); do {TRAIN} && break; done", 2),
        (f"for try in {{1..5}}; do {TRAIN} && break; done", 5),
        (f"for try in 1 2; do for again in 1 2; do {TRAIN} && exit; done; done", 4),
        (f"for try in $TRIES; do {TRAIN} && break; done", 1),  # nobody knows
        (f"until {TRAIN}; do sleep 5; done", math.inf),
        (f"while true; do {TRAIN} && touch /results/done; done", math.inf),
        (f'n=0; until {TRAIN}; do n=$((n+1)); [ "$n" -lt 3 ] || exit 1; done', 1),
        (f"{TRAIN} || {TRAIN}", 2),
        (f"{TRAIN} || {{ sleep 5; {TRAIN}; }}", 2),
        (f"if [ -f a ] || [ -f b ]; then {TRAIN}; else {TRAIN} --epochs=6; fi", 1),
        (f"until [ -d /data ]; do sleep 1; done; exec {TRAIN}", 1),
        (f"for part in a b c; do echo $part; done; {TRAIN}", 1),
        (f"for try in 1 2 3; do exec {TRAIN}; done", 1),
        ("echo done; /app/trainer || /app/trainer", 2),
    ],
)
def test_starts_are_counted(script: str, times: float) -> None:
    container = {"name": "c", "command": ["sh", "-c"], "args": [script]}
    made = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "one"}, "spec": {"containers": [container]}}
    manifests, _ = parse("f.yaml", yaml.safe_dump(made).encode())
    view = View(manifests[0], (), manifests[0].value)
    pod = view.at("spec")
    submission = Submission(tuple(manifests), (), {"workload": {"namespace": "default"}})
    assert tries_of(submission, pod, pod.at("containers").items()[0], "trainer") == times
