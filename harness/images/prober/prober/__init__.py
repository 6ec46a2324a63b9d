"""Send a service the traffic its users send, from inside the cluster, and say what came back."""

import os

# ONNX Runtime sends usage data to its maker unless this stands before its import (its Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
