"""Stand-in for actions/cache: save, at the end of a job that did not fail."""

import sys
import tarfile
from pathlib import Path

sys.path[:0] = ["/opt/actions", "/opt/actions/actions/cache"]
import caches
import toolkit

key = toolkit.recall("wanted")
folder = caches.entry(caches.own(), str(key))
files, _ = toolkit.matching(toolkit.lines("path"))
if key is None or folder.exists() or not files:
    print("Nothing to save")
else:
    folder.mkdir(parents=True)
    with tarfile.open(folder / "files.tar", "w") as tar:
        for file in files:
            tar.add(file, file.relative_to(Path.cwd()))
    (folder / "key").write_text(str(key))
    print(f"Cache saved with key: {key}")
