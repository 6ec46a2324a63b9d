"""Runs in the build's first stage: every program but Python goes, and the packages that the ranker does without."""

import shutil
from pathlib import Path

PROGRAMS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin")
PACKAGES = Path("/usr/local/lib/python3.11/dist-packages")

for folder in {Path(name).resolve() for name in PROGRAMS if Path(name).is_dir()}:
    for path in folder.iterdir():
        if not path.name.startswith("python3") and not path.is_dir():
            path.unlink()
shutil.rmtree(PACKAGES, ignore_errors=True)
shutil.rmtree("/build")
