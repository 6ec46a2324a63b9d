# The whole kit in a few words: see README.md.
.PHONY: demo unit test prove test-docker lint bench docs venv dev lock

BIN := .venv/bin
WORKERS ?= 2

demo: venv  ## one exercise, from broken to graded, on a real cluster
	@sh harness/bootstrap.sh
	@$(BIN)/python -m breakfix.commands.demo

unit: dev  ## what needs neither a cluster nor a sandbox, and how much of the code it runs
	$(BIN)/pytest tests/unit -n $(WORKERS) --dist loadscope --durations=25 --cov --cov-report=
	$(BIN)/coverage report --skip-covered --sort=cover

test: lint  ## every test, those that need a cluster included
	@sh harness/bootstrap.sh
	@sh harness/browser.sh
	$(BIN)/pytest -n $(WORKERS) --dist loadscope --durations=25 -m "not docker"

prove: dev  ## the exercises that changed since docs/proof.md was written, and that page anew
	@sh harness/bootstrap.sh
	$(BIN)/breakfix verify --changed --page docs/proof.md

test-docker: dev  ## the same main job on a real Docker engine, made for the purpose
	$(BIN)/pytest -m docker

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev  ## ratios against what a user would run instead
	$(BIN)/python -m benchmarks

docs: dev  ## the documentation as a site, in docsite/html/; a link that leads nowhere is an error
	$(BIN)/mkdocs build --strict -f docsite/mkdocs.yml

venv:  ## what the kit needs to run
	@sh harness/venv.sh requirements.lock

dev:  ## and what it is developed with
	@sh harness/venv.sh requirements-dev.lock

lock:  ## resolve the dependencies again: names, versions and hashes only
	python3 -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	for set in "build requirements.lock" "dev requirements-dev.lock"; do set -- $$set; \
	  .venv-lock/bin/uv pip compile pyproject.toml --group $$1 --universal --python-version 3.11 -q \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o $$2 || exit 1; done
	rm -rf .venv-lock
