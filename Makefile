# canbo. A fresh machine needs Python 3.11+, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "canbo needs Python 3.11 or later; found " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Installing packages into .venv: one to three minutes ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY)  ## make .venv with canbo in it, build letters, icons and words
	@$(BIN)/python -m canbo.project.assets
	@$(BIN)/python -m canbo.project.translations compile

demo: setup  ## the living demo: database, invented world, pages
	@$(BIN)/canbo demo

test: setup  ## everything that must hold before landing (needs no service; uses chromium if it can)
	@$(BIN)/python -m canbo.project.browser
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m tests -m "not soak"

check: setup  ## style, types, floors, words
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@CANBO_NO_DATABASE=1 $(BIN)/mypy
	@$(BIN)/python -m canbo.project.translations check

bench: setup  ## every performance figure, as ratios; slow (ONLY="rules pages": those whose names begin so)
	@$(BIN)/python benchmarks $(ONLY)

soak: setup  ## the long suites: 100 kills, a whole country
	@$(BIN)/python -m pytest -m soak

docs: setup  ## check that documents speak of what exists
	@$(BIN)/python -m pytest -q tests/test_house.py

lock:  ## bring requirements.lock up to date with pyproject.toml
	@$(BIN)/pip-compile -q --extra dev --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --no-header -o requirements.lock pyproject.toml

.PHONY: help setup demo test check bench soak docs lock
.DEFAULT_GOAL := help
