# Needs only Python 3.11 or later, git and make. Everything else comes from requirements-dev.lock, into .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed
WORKERS ?= 2
TESTS ?=
BENCH ?=
MUTANTS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench mutants lock clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

demo: $(STAMP) ## an alert fires, somebody is paged, you acknowledge; FAST=1 runs minutes as seconds
	@$(BIN)/escalator demo $(if $(FAST),--fast)

test: check ## lint, types, then the whole suite; TESTS=tests/test_config.py for a part of it
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## the figures, each beside what the machine itself can do; BENCH="--quick" for a look
	$(BIN)/python -m benchmarks $(BENCH)

mutants: $(STAMP) ## breaks the rules on purpose: do the tests notice?; MUTANTS="--sample 300 --seed 1"
	$(BIN)/python -m mutations $(MUTANTS)

LOCK = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --exclude-newer "7 days" \
  --generate-hashes --no-annotate --no-header --no-config

lock: ## newest versions of everything that are at least a week old
	@$(MAKE) --no-print-directory python-found
	@test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv; }
	$(LOCK) pyproject.toml --extra apprise --output-file requirements.lock
	$(LOCK) --group pyproject.toml:build --output-file requirements-build.lock
	$(LOCK) pyproject.toml --extra apprise --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what make made
	rm -rf .venv .venv-lock

$(STAMP): requirements-dev.lock pyproject.toml
	@$(MAKE) --no-print-directory python-found
	@echo "Setting up .venv with $(PYTHON) (once; a minute or two) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: python-found
python-found:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or later with venv found. Install one (Debian: apt-get install python3-venv), or say which: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
