# The same commands for people and for CI. They need Python 3.11 or newer and make, nothing else:
# every package comes from a lock file, checked by its hash, into an environment of its own.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= ./var

VENV := .venv
DEV := .venv-dev
PIP := -m pip install -qq --disable-pip-version-check --no-input
# The lock files are complete, so pip has nothing to resolve. Modules are compiled when they are
# first imported, not all at once: that halves the time of an installation.
LOCKED := $(PIP) --require-hashes --no-deps --only-binary :all: --no-compile
unexport PYTHONDONTWRITEBYTECODE
EDITABLE := $(PIP) --no-deps --no-build-isolation --editable .

.PHONY: help demo serve test lint format components unit fuzz properties faults faults-training faults-budgets audit bench bench-quick bench-sinks bench-learn bench-texts bench-databases bench-augment bench-fairness bench-impute bench-ladder bench-attacks bench-hostile bench-scripts hostile docs-check lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing Tablesmith into $(VENV) (about a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python $(LOCKED) -r requirements.lock -r requirements-build.lock
	@$(VENV)/bin/python $(EDITABLE)
	@touch $@

$(DEV)/.installed: requirements-dev.lock requirements-build.lock pyproject.toml
	@echo "Installing Tablesmith and its development tools into $(DEV)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(DEV)
	@$(DEV)/bin/python $(LOCKED) -r requirements-dev.lock -r requirements-build.lock
	@$(DEV)/bin/python $(EDITABLE)
	@touch $@

demo: $(VENV)/.installed  ## Install, start the service, make a table, show it
	@$(VENV)/bin/python examples/demo.py

serve: $(VENV)/.installed  ## Start the service on PORT (8000) with DATA_DIR (./var)
	@$(VENV)/bin/tablesmith serve --port $(PORT) --data-dir $(DATA_DIR)

test: lint unit  ## Everything that CI checks: lint, then all tests

lint: $(DEV)/.installed  ## ruff, mypy --strict, the import contracts
	@$(DEV)/bin/ruff check .
	@$(DEV)/bin/ruff format --check .
	@$(DEV)/bin/mypy
	@PYTHONPATH=. $(DEV)/bin/lint-imports

format: $(DEV)/.installed  ## Format the code and apply ruff's safe fixes
	@$(DEV)/bin/ruff check --fix .
	@$(DEV)/bin/ruff format .

components:
	@sh tests/components/install.sh
	@PYTHON=$(PYTHON) sh tests/clients/install.sh

unit: $(DEV)/.installed components  ## All tests, without the linters
	@$(DEV)/bin/python -m pytest -n 2 -q

docs-check: $(DEV)/.installed  ## The documentation says what the code does
	@$(DEV)/bin/python -m pytest -q tests/test_docs.py

fuzz: $(DEV)/.installed  ## 10,000 requests and more against the whole description, keys on
	@$(DEV)/bin/python -m tests.contracts.fuzzing

properties: $(DEV)/.installed  ## 2,500 random definitions: every key holds beside every other, or is refused
	@$(DEV)/bin/python -m tests.engine.test_declared

bench: $(DEV)/.installed  ## Speed and memory at 100k, 1M and 10M rows (about 6 minutes)
	@$(DEV)/bin/python -m tests.benchmarks

bench-quick: $(DEV)/.installed  ## The same up to 1M rows, about three minutes
	@$(DEV)/bin/python -m tests.benchmarks --quick

faults: $(DEV)/.installed  ## Hundreds of faults into a whole installation (under 10 minutes)
	@$(DEV)/bin/python -m tests.faults

faults-training: $(DEV)/.installed  ## A hundred kills while tables are learned (about 5 minutes)
	@$(DEV)/bin/python -m tests.faults.training

faults-budgets: $(DEV)/.installed  ## 300 kills while budgets are reserved, spent and noted
	@$(DEV)/bin/python -m tests.faults.budgets

audit: $(DEV)/.installed  ## Private trainings attacked: what is lost is no more than is claimed
	@$(DEV)/bin/python -m tests.audit

bench-sinks: $(DEV)/.installed  ## A million rows into PostgreSQL and S3 beside the bare transfer
	@$(DEV)/bin/python -m tests.benchmarks.sinks

bench-scripts: $(DEV)/.installed  ## A million rows of a script beside the same lines as plain Python
	@$(DEV)/bin/python -m tests.benchmarks.scripts

hostile: $(DEV)/.installed  ## A thousand hostile inputs, and what loop and memory made of them
	@$(DEV)/bin/python -m tests.acceptance.hostile

bench-learn: $(DEV)/.installed  ## Learned rows beside real ones, from the public tables in TABLES (a folder)
	@$(DEV)/bin/python -m tests.benchmarks.learning $(TABLES)

bench-texts: $(DEV)/.installed  ## Learned texts beside real ones: TEXTS (the SMS Spam Collection as CSV)
	@$(DEV)/bin/python -m tests.benchmarks.texts $(TEXTS)

bench-databases: $(DEV)/.installed  ## Databases learned from PostgreSQL and drawn into it: DATA (a folder of multi_NAME folders)
	@$(DEV)/bin/python -m tests.benchmarks.databases $(DATA)

bench-augment: $(DEV)/.installed  ## Adaptive augmentation beside simpler ways, on the public tables in TABLES (a folder)
	@$(DEV)/bin/python -m tests.benchmarks.augmentation $(TABLES)

bench-fairness: $(DEV)/.installed  ## How fair learned rows are, and what that costs, of one public table: TABLE (Adult as Parquet)
	@$(DEV)/bin/python -m tests.benchmarks.fairness $(TABLE)

bench-impute: $(DEV)/.installed  ## Cells that are filled in beside simpler ways, of one public table: TABLE (a Parquet file)
	@$(DEV)/bin/python -m tests.benchmarks.imputation $(TABLE)

bench-ladder: $(DEV)/.installed  ## Whether real, learned and independent rows are told apart step by step: TABLES (a folder)
	@$(DEV)/bin/python -m tests.benchmarks.ladder $(TABLES)

bench-attacks: $(DEV)/.installed  ## Which attacks see copies of learned rows and independent columns: TABLES (a folder)
	@$(DEV)/bin/python -m tests.benchmarks.attacks $(TABLES)

bench-hostile: $(DEV)/.installed  ## What a tenant feels of a hostile one, for a minute
	@$(DEV)/bin/python -m tests.benchmarks.neighbours

lock: $(DEV)/.installed  ## Resolve the dependencies again and write the lock files
	@$(DEV)/bin/python $(PIP) uv
	@$(DEV)/bin/uv pip compile pyproject.toml --extra pages $(LOCK) -o requirements.lock
	@$(DEV)/bin/uv pip compile pyproject.toml --extra dev $(LOCK) -o requirements-dev.lock
	@for extra in $(EXTRAS); do $(DEV)/bin/uv pip compile pyproject.toml --extra $$extra \
		--constraint requirements.lock $(LOCK) -o requirements-extras/$$extra.lock \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock); done
	@$(DEV)/bin/uv pip compile requirements-build.in $(LOCK) -o requirements-build.lock
	@$(DEV)/bin/uv pip compile $(CLIENTS)/requirements.in $(LOCK) -o $(CLIENTS)/requirements.lock

# Those of the container image's build argument of the name: what each adds to requirements.lock.
EXTRAS := azure dask gcs mcp mssql mysql oracle pdf polars postgres s3 sklearn

CLIENTS := tests/clients/python

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

clean:  ## Remove environments and caches
	@rm -rf $(VENV) $(DEV) build/clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
