# `make help` lists the targets.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
PORT ?= 8000
BIN := .venv/bin
PIP := pip install --disable-pip-version-check --require-hashes
# Use the sandbox unless Messente's credentials are set. If only one of them is, the start fails with a message.
SANDBOX ?= $(if $(MESSENTE_API_USERNAME)$(MESSENTE_API_PASSWORD),,1)
# Otherwise each of pytest's processes would compile all tests again.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help

help:  ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: .venv/run.stamp  ## start the dashboard, on sample data unless MESSENTE_API_USERNAME and _PASSWORD are set
	@export SANDBOX=$(SANDBOX) PORT=$(PORT); $(BIN)/python -m webapp upgrade-store && exec $(BIN)/gunicorn --config gunicorn.conf.py

test: .venv/dev.stamp .venv/system.stamp  ## lint, check types and import contracts, and run all tests except the long ones
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 4 -m "not long and not container"

check: .venv/dev.stamp .venv/system.stamp .venv/system-judges.stamp .venv/judges.stamp .venv/wapiti.stamp  ## run the long tests, with scanners, the HTML checker (needs Java), LibreOffice and the vendor's Node client
	PATH="$(CURDIR)/.venv/judges/bin:$$PATH" $(BIN)/pytest -n 4 -m long

check-container: .venv/dev.stamp  ## run the Dockerfile's steps in a bare Debian, without a container engine; needs root on Debian
	tests/install.sh container
	$(BIN)/pytest -m container

check-live: .venv/run.stamp  ## compare Messente's API with what the client expects; ARGS=--write also changes a test group
	@$(BIN)/python -m webapp check-live $(ARGS)

bench: .venv/dev.stamp .venv-bench/stamp  ## compare the speed with similar projects, and write bench/RESULTS.md; QUICK=1 takes less time
	$(BIN)/python -m bench $(if $(QUICK),--seconds 0.8 --turns 3)

screenshots: .venv/dev.stamp .venv/system.stamp  ## recreate the README's screenshots, light and dark
	$(BIN)/python -m tests.browser.screenshots docs

hooks: .venv/dev.stamp  ## run ruff, mypy and import-linter before each commit
	$(BIN)/pre-commit install

format: .venv/dev.stamp  ## fix lint errors and format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/dev.stamp  ## pin the newest dependencies that pyproject.toml allows, with hashes
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK) --group judges -o tests/judges/requirements.txt
	$(BIN)/uv pip compile $(LOCK) --group wapiti -o tests/judges/requirements-wapiti.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group bench -c requirements.txt -o bench/requirements.txt
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

clean:  ## remove what the other targets created
	rm -rf .venv .venv-bench build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or set PYTHON=…" >&2; exit 1; }
	@# Without Debian's python3-venv, this fails and leaves an incomplete environment.
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
	@echo "Installing the scanners in $(@:.stamp=): a minute or two …"
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
