"""Serve one ONNX model over HTTP in the Open Inference Protocol, version 2."""

import os

VERSION = "1.0"

# ONNX Runtime sends usage data to its maker unless this stands before its import (its Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
