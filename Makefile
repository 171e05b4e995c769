# `make help` lists what can be done here.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
PORT ?= 8000
BIN := .venv/bin
PIP := pip install --disable-pip-version-check --require-hashes
# The sandbox serves whoever names no account at Messente; naming half of one is an error, not a sandbox.
SANDBOX ?= $(if $(MESSENTE_API_USERNAME)$(MESSENTE_API_PASSWORD),,1)
.DEFAULT_GOAL := help

help:  ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: .venv/run.stamp  ## start the dashboard, on sample data unless MESSENTE_API_USERNAME and _PASSWORD are set
	@export SANDBOX=$(SANDBOX) PORT=$(PORT); $(BIN)/python -m webapp upgrade-store && exec $(BIN)/gunicorn --config gunicorn.conf.py

test: .venv/dev.stamp .venv/system.stamp  ## lint, type check, import contracts and every test but the long proofs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 4 -m "not long and not container"

check: .venv/dev.stamp .venv/system.stamp .venv/system-judges.stamp .venv/judges.stamp .venv/wapiti.stamp  ## the long proofs, and the judges: scanners, the HTML checker, the vendor's Node client (need Java)
	PATH="$(CURDIR)/.venv/judges/bin:$$PATH" $(BIN)/pytest -n 4 -m long

check-container: .venv/dev.stamp  ## the Dockerfile's steps, carried out in a bare Debian without an engine; needs root on Debian
	tests/install.sh container
	$(BIN)/pytest -m container

check-live: .venv/run.stamp  ## read the phonebook behind the configured credentials and compare it with what is expected; ARGS=--write changes it
	@$(BIN)/python -m webapp check-live $(ARGS)

bench: .venv/dev.stamp .venv-bench/stamp  ## measure how fast it is beside its peers, and write bench/RESULTS.md; QUICK=1 in short
	$(BIN)/python -m bench $(if $(QUICK),--seconds 0.8 --turns 3)

screenshots: .venv/dev.stamp .venv/system.stamp  ## make the README's pictures anew, in light and dark
	$(BIN)/python -m tests.browser.screenshots docs

hooks: .venv/dev.stamp  ## run ruff, mypy and import-linter before each commit
	$(BIN)/pre-commit install

format: .venv/dev.stamp  ## put the code in its usual shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/dev.stamp  ## pin the newest dependencies that pyproject.toml allows, with their hashes
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK) --group judges -o tests/judges/requirements.txt
	$(BIN)/uv pip compile $(LOCK) --group wapiti -o tests/judges/requirements-wapiti.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group bench -c requirements.txt -o bench/requirements.txt
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

clean:  ## remove what the other targets made
	rm -rf .venv .venv-bench build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it by PYTHON=…" >&2; exit 1; }
	@# Where Debian's python3-venv is missing, half an environment is left.
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/run.stamp: requirements.txt | .venv/bin/python
	@echo "Installing what the dashboard needs in .venv …"
	$(BIN)/$(PIP) -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	@echo "Installing what the tests need in .venv: a minute or two …"
	$(BIN)/$(PIP) -r requirements-dev.txt
	@touch $@

.venv/judges.stamp: tests/judges/requirements.txt
.venv/wapiti.stamp: tests/judges/requirements-wapiti.txt
.venv/judges.stamp .venv/wapiti.stamp: | .venv/bin/python
	@echo "Installing what judges the dashboard in $(@:.stamp=): a minute or two …"
	$(PYTHON) -m venv $(@:.stamp=)
	$(@:.stamp=)/bin/$(PIP) -r $<
	@touch $@

.venv/system.stamp .venv/system-judges.stamp: tests/install.sh .venv/dev.stamp
	tests/install.sh $(if $(findstring judges,$@),judges)
	@touch $@

.venv-bench/stamp: bench/requirements.txt | .venv/bin/python
	$(BIN)/python -m venv .venv-bench
	.venv-bench/bin/$(PIP) -r bench/requirements.txt
	@touch $@

.PHONY: help run test hooks check bench check-container check-live screenshots format lock clean
