"""Stand-in for actions/cache: restore."""

import sys
import tarfile
from pathlib import Path

sys.path[:0] = ["/opt/actions", "/opt/actions/actions/cache"]
import caches
import toolkit

key = toolkit.given("key")
found = caches.find(key, toolkit.lines("restore-keys"))
hit = found is not None and (found / "key").read_text() == key
if found is None:
    print(f"Cache not found for input keys: {key}")
    if toolkit.truth("fail-on-cache-miss"):
        toolkit.fail(f"no cache has the key {key}")
else:
    print(f"Cache restored from key: {(found / 'key').read_text()}")
    if not toolkit.truth("lookup-only"):
        with tarfile.open(found / "files.tar") as tar:
            tar.extractall(Path.cwd())  # noqa: S202 - what the same run packed; only its own files are at stake
toolkit.remember("wanted", None if hit else key)
toolkit.put("cache-hit", str(hit).lower())
