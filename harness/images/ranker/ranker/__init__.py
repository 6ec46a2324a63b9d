"""Rank items over HTTP in the Open Inference Protocol, version 2, with a model of which there are two versions."""

VERSION = "1.0"
MODEL = "ranker"
