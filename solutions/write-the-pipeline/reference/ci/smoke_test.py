"""The smoke test: python3 ci/smoke_test.py CALLERS ANSWERS. Exits 0 only where every caller got a score from 0 to 1."""

import csv
import json
import sys
from pathlib import Path

with open(sys.argv[1], encoding="utf-8") as file:
    asked = [row["customer"] for row in csv.DictReader(file)]
answers = {one["customer"]: one for one in map(json.loads, Path(sys.argv[2]).read_text("utf-8").splitlines())}
bad = [answers.get(customer, f"no answer for {customer}") for customer in asked]
bad = [one for one in bad if not (isinstance(one, dict) and 0 <= one.get("score", -1) <= 1)]
if bad or not asked:
    sys.exit(f"{len(bad)} of {len(asked)} callers got no score, such as {bad[:1]}")
print(f"all {len(asked)} callers got a score")
