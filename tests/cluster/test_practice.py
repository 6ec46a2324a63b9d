"""The candidate's own loop on the shared cluster: start, look, change, apply, check, reset."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from harness.kube.kube import Ref
from harness.runs.run import PRACTICE, RUN_LABEL
from harness.runs.session import Session

pytestmark = pytest.mark.cluster
EXERCISE = exercises.load("serving-never-ready")
NAMESPACE = EXERCISE.workload.namespace


def breakfix(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "breakfix", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A started exercise."""
    place = tmp_path_factory.mktemp("practice")
    began = time.monotonic()
    started = breakfix("start", EXERCISE.slug, "--dir", "work", cwd=place)
    assert started.returncode == 0, started.stderr
    assert time.monotonic() - began < 30
    assert "What must be true" in started.stdout
    assert "CreateContainerConfigError" in started.stdout
    assert session.admin.get(Ref("v1", "Namespace", "", NAMESPACE)) is not None
    return place / "work"


def test_the_workspace_is_whole(folder: Path) -> None:
    """Ticket, notes, broken files and the marker are there, and nothing of the solution."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        ".breakfix.json",
        "NOTES.md",
        "README.md",
        "manifests/deployment.yaml",
        "manifests/services.yaml",
        "platform/secret.yaml",
    }


def test_status_tells_what_the_cluster_says(folder: Path) -> None:
    told = breakfix("status", cwd=folder)
    assert told.returncode == 0
    assert "couldn't find key token in Secret" in " ".join(told.stdout.split())
    assert "Service/fraud-scorer: 0 ready endpoints" in told.stdout


def test_env_points_kubectl_at_the_cluster(folder: Path, session: Session) -> None:
    assert breakfix("env", cwd=folder).stdout == f"export KUBECONFIG={session.cluster.kubeconfig}\n"


def test_apply_prunes_recreates_and_takes_ownership(folder: Path, session: Session) -> None:
    """What left the files leaves the cluster; a selector can change; a kubectl edit does not stay."""
    extra = folder / "manifests" / "extra.yaml"
    extra.write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: extra, namespace: {NAMESPACE}}}\ndata: {{a: b}}\n"
    )
    assert breakfix("apply", cwd=folder).returncode == 0
    ref = Ref("v1", "ConfigMap", NAMESPACE, "extra")
    edited = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "extra", "namespace": NAMESPACE},
        "data": {"a": "x"},
    }
    session.admin.apply(edited, manager="kubectl-edit")
    assert breakfix("apply", cwd=folder).returncode == 0
    found = session.admin.get(ref)
    assert found is not None
    assert found["data"] == {"a": "b"}
    extra.unlink()
    deployment = folder / "manifests" / "deployment.yaml"
    original = deployment.read_text("utf-8")
    deployment.write_text(original.replace("app.kubernetes.io/name: fraud-scorer", "app.kubernetes.io/name: scorer"))
    applied = breakfix("apply", cwd=folder)
    assert applied.returncode == 0, applied.stderr
    assert "ConfigMap/extra is no longer in your files and is removed" in applied.stderr
    assert "Deployment/fraud-scorer cannot be changed in place and is made again" in applied.stderr
    assert session.admin.get(ref) is None
    deployment.write_text(original)


def test_apply_tells_what_was_refused(folder: Path) -> None:
    """A refusal names the object and exits 1; the rest is applied."""
    services = folder / "manifests" / "services.yaml"
    original = services.read_text("utf-8")
    services.write_text(original.replace("targetPort: http", "targetPort: not_a_port_name"))
    applied = breakfix("apply", cwd=folder)
    services.write_text(original)
    assert applied.returncode == 1
    assert "Service/fraud-scorer was refused" in applied.stderr


def test_check_passes_once_it_is_fixed(folder: Path) -> None:
    """The public checks pass on the reference's files, and no hidden one is run."""
    assert EXERCISE.solution is not None
    for path in (EXERCISE.solution / "reference" / "manifests").iterdir():
        shutil.copy(path, folder / "manifests" / path.name)
    checked = breakfix("check", cwd=folder)
    assert checked.returncode == 0, checked.stdout
    assert "public checks pass; " in checked.stdout and "points are judged later" in checked.stdout
    assert "slow-load-survives" not in checked.stdout


def test_play_hangs_a_server_in_the_own_namespace(folder: Path, session: Session) -> None:
    """The reference, which is in the folder now, gets its callers and its disturbance; nothing of ours is left, and no verdict told."""
    played = breakfix("play", "steady", cwd=folder)
    assert played.returncode == 0, played.stderr
    assert "one server made to hang" in played.stdout
    assert "recovered" in played.stdout
    assert "requests of the callers of the ticket" in played.stdout
    assert "PASS" not in played.stdout
    found = session.admin.list_objects("v1", "Namespace", labels=f"{RUN_LABEL},{RUN_LABEL}!={PRACTICE}")
    left = [Ref("v1", "Namespace", "", one["metadata"]["name"]) for one in found]
    until = time.monotonic() + 180  # another test's grade may be at work beside it, and removes its own
    while left := [ref for ref in left if session.admin.get(ref) is not None]:
        assert time.monotonic() < until, left
        time.sleep(1)


def test_play_takes_its_switches_away_again(folder: Path, session: Session) -> None:
    """A slow load is seen, in the own namespace; afterwards the Deployment is as the files say."""
    played = breakfix("play", "slow-load", cwd=folder)
    assert played.returncode == 0, played.stderr
    assert "all replicas ready" in played.stdout
    found = session.admin.get(Ref("apps/v1", "Deployment", NAMESPACE, EXERCISE.workload.name))
    assert "BREAKFIX_LOAD_SECONDS" not in json.dumps(found)


def test_play_names_the_scenarios_there_are(folder: Path) -> None:
    played = breakfix("play", "storm", cwd=folder)
    assert played.returncode == 2
    assert "has no scenario 'storm'; it has" in played.stderr
    assert "slow-load: the model takes 20 seconds to load" in played.stderr


def test_reset_brings_the_broken_state_back_and_loses_nothing(folder: Path) -> None:
    (folder / "NOTES.md").write_text("hours of notes")
    done = breakfix("reset", cwd=folder)
    assert done.returncode == 0, done.stderr
    broken = (EXERCISE.workspace / "manifests" / "deployment.yaml").read_text("utf-8")
    assert (folder / "manifests" / "deployment.yaml").read_text("utf-8") == broken
    aside = folder.with_name("work.before-reset-1")
    assert (aside / "NOTES.md").read_text("utf-8") == "hours of notes"
    assert json.loads((folder / ".breakfix.json").read_text("utf-8"))["exercise"] == EXERCISE.slug


def test_stop_can_keep_the_cluster(folder: Path, session: Session) -> None:
    assert breakfix("stop", "--keep-cluster", cwd=folder).returncode == 0
    assert session.admin.get(Ref("v1", "Namespace", "", NAMESPACE)) is None
