"""Turn a submission into a Report: policy stage, live stage, renderers."""
