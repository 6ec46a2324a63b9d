"""Whether a container runs its image's program as it is."""

from typing import Any

import pytest
import yaml

from grader.checks import CheckFailureError, Submission
from grader.checks.program import need_program
from grader.checks.view import View
from harness.files.manifests import parse

EXEC = 'import os; os.execvp("python3", ["python3", "-m", "trainer"])'


def judge(container: str, pod: str = "", **scripts: str) -> None:
    spec = f"{{template: {{spec: {{containers: [{{name: trainer, {container}}}]{pod}}}}}}}"
    text = f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: fit}}\nspec: {spec}\n"
    held: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"}, "data": scripts}
    manifests, problems = parse("f.yaml", (text + "---\n" + yaml.safe_dump(held)).encode())
    assert not problems
    submission = Submission(tuple(manifests), (), {"workload": {"namespace": "ml-a"}})
    whole = View(manifests[0], (), manifests[0].value).at("spec", "template", "spec")
    need_program(submission, whole, whole.at("containers", 0), "trainer")


FILES = ", volumes: [{name: f, configMap: {name: files}}, {name: s, emptyDir: {}}]"
AT_TUNE = "volumeMounts: [{name: f, mountPath: /tune}, {name: s, mountPath: /results}]"


@pytest.mark.parametrize(
    "container",
    [
        "args: [--epochs=5]",
        "command: [python3, -m, trainer]",
        "command: [python3], args: [-u, -X, dev, -m, trainer, --epochs=5]",
        "command: [sh, -c, 'mkdir -p /results/x && exec python3 -m trainer --epochs=5 \"$@\"', trainer]",
        "command: [sh, -c], args: ['cd /results; PYTHONPATH=/app:$PYTHONPATH /usr/bin/python3.11 -u -m trainer | tee /results/log']",
        f"command: [python3, -c, '{EXEC}']",
        "command: [sh, /tune/run.sh], " + AT_TUNE,
        "command: [python3, /tune/run.py], " + AT_TUNE,
        "args: [--epochs=5], workingDir: /results, " + AT_TUNE,
        "env: [{name: PYTHONPATH, value: /app}, {name: PYTHONUNBUFFERED, value: '1'}, {name: PATH, value: '/usr/local/bin:/usr/bin:/bin'}]",
    ],
)
def test_the_program_may_be_started_by_a_shell_or_what_hands_over_to_it(container: str) -> None:
    judge(container, FILES, **{"run.sh": "set -e\nexec python3 -m trainer --epochs=5\n", "run.py": EXEC})


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ("volumeMounts: [{name: f, mountPath: /app/trainer/loader.py, subPath: loader.py}]", "mounted over the image's program"),
        ("volumeMounts: [{name: f, mountPath: /app}]", "mounted over the image's program"),
        ("volumeMounts: [{name: f, mountPath: /usr/local/lib/python3.11/dist-packages}]", "mounted over the image's program"),
        ("volumeMounts: [{name: f, mountPath: /home/server/.local/lib}]", "mounted over the image's program"),
        ("volumeMounts: [{name: f, mountPath: /home/server}]", "folder of other files"),
        ("env: [{name: HOME, value: /tune}], " + AT_TUNE, "folder of other files"),
        ("env: [{name: PYTHONPATH, value: '/tune:/app'}]", "PYTHONPATH leads to other files"),
        ("env: [{name: PYTHONPATH, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", "PYTHONPATH leads to other files"),
        ("env: [{name: PYTHONHOME, value: /tune}]", "PYTHONHOME changes"),
        ("env: [{name: LD_PRELOAD, value: /tune/x.so}]", "LD_PRELOAD changes"),
        ("env: [{name: PATH, value: '/tune:/usr/bin'}]", "PATH leads to other files"),
        ("envFrom: [{prefix: PYTHON, configMapRef: {name: files}}]", "PYTHONSTARTUP changes"),
        ("workingDir: /tune, " + AT_TUNE, "folder of other files"),
        ("terminationMessagePath: /results/end", "another file"),
        ("command: [sh, -c, 'cd /tune; python3 -m trainer'], " + AT_TUNE, "folder of other files"),
        ("command: [sh, -c, 'export PYTHONPATH=/tune:/app; python3 -m trainer']", "PYTHONPATH leads to other files"),
        ("command: [sh, -c, 'echo {} > /results/x']", "does not run the image's program"),
        ("command: [sh, -c, 'python3 -m trainer; echo {} > /dev/termination-log']", "writes the result"),
        ("command: [sh, -c, 'python3 -m trainer; echo epoch done']", "writes lines of the log"),
        ("command: [sh, -c, \"python3 -c 'import trainer.fit'; exec python3 -m trainer\"]", "other Python code"),
        ("command: [python3, -c, 'import runpy; runpy.run_module(\"-m trainer\")']", "other Python code"),
        ("command: [sh, -c, 'echo code | python3; exec python3 -m trainer']", "other Python code"),
        ("command: [sh, -c, 'python3 - < /x; exec python3 -m trainer']", "other Python code"),
        ("command: [sh, -c, 'python3 /tune/own.py; exec python3 -m trainer']", "other Python code"),
        ("command: [python3, -m, tune], args: [-m trainer]", "other Python code"),
    ],
)  # fmt: skip
def test_what_changes_the_program_or_works_in_its_place_is_told(container: str, message: str) -> None:
    with pytest.raises(CheckFailureError, match=message):
        judge(container, FILES, STARTUP="x")


def test_a_folder_that_another_container_fills_is_none_to_start_in() -> None:
    for mounts, trouble in ((AT_TUNE, True), ("volumeMounts: []", False)):
        more = f", initContainers: [{{name: first, {mounts}}}]" + FILES
        own = "workingDir: /results, " + AT_TUNE
        if trouble:
            with pytest.raises(CheckFailureError, match="folder of other files"):
                judge(own, more)
        else:
            judge(own, more)
