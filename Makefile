.PHONY: demo test bench venv lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

lock:  ## resolve the dependencies again: names, versions and hashes only
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	for set in "build requirements.lock" "dev requirements-dev.lock"; do set -- $$set; \
	  .venv-lock/bin/uv pip compile pyproject.toml --group $$1 --universal --python-version 3.11 -q \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o $$2 || exit 1; done
	rm -rf .venv-lock
