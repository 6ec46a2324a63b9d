"""Compare a model with production's, both measured on one holdout: python3 ci/as_good.py METRICS METRICS_OF_PRODUCTION."""

import json
import sys
from pathlib import Path

new, serving = (float(json.loads(Path(place).read_text("utf-8"))["auc"]) for place in sys.argv[1:3])
if not new >= serving:
    sys.exit(f"the AUC is {new}; what serves has {serving} on the same customers")
print(f"the AUC is {new}, what serves has {serving}")
