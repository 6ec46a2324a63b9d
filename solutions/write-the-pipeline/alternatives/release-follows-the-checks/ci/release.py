"""Release a candidate: python3 ci/release.py FOLDER COMMIT."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path


def platform(*words: str) -> str:
    """Return what the model platform's command prints."""
    argv = [sys.executable, "platform/modelctl.py", *words]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(model: str, metrics: str) -> float:
    """Return a model's AUC on the holdout that is checked out."""
    subprocess.run([sys.executable, "-m", "training.evaluate", model, "data/holdout.csv", metrics], check=True)
    return float(json.loads(Path(metrics).read_text("utf-8"))["auc"])


def answers() -> bool:
    """Tell whether every caller gets a score from what serves; where the command itself fails, nobody does."""
    try:
        lines = platform("predict", "--customers", "platform/callers.csv").splitlines()
    except subprocess.CalledProcessError:
        return False
    wrong = [line for line in lines if "score" not in json.loads(line)]
    print("\n".join(wrong))
    return bool(lines) and not wrong


def main() -> None:
    """Compare, register, deploy, ask, and go back where the answers are not right."""
    folder, commit = sys.argv[1:3]
    if any(one["commit"] == commit for one in json.loads(platform("versions"))):
        print("released before")
        return
    serving = json.loads(platform("production"))["version"]
    if serving is not None:
        platform("fetch", "--version", str(serving), "--model", "serving.json")
        old, new = measured("serving.json", "serving-metrics.json"), measured(f"{folder}/model.json", "new-metrics.json")
        if new < old:
            sys.exit(f"{new} is worse than {old}, which serves")
    data = hashlib.sha256(Path("data/train.csv").read_bytes()).hexdigest()
    named = ["--name", "churn-weekly", "--model", f"{folder}/model.json", "--metrics", f"{folder}/metrics.json"]
    version = platform("register", *named, "--commit", commit, "--data", data).strip()
    platform("deploy", "--version", version)
    if not answers():
        if serving is not None:
            platform("deploy", "--version", str(serving))
        sys.exit(f"version {version} does not answer everybody; version {serving} serves again")


main()
