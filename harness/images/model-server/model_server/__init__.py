"""Serve one ONNX model over HTTP in the Open Inference Protocol, version 2."""

VERSION = "1.0"
