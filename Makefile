# The two commands a stranger needs: make demo, make test. `make help` lists the rest.
# Everything is installed into .venv by these rules; nothing outside the checkout is touched.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(UPGRADE)
MINUTES ?= 2
CORPUS ?= $(wildcard ../shared/corpus/train.jsonl)

.DEFAULT_GOAL := help
.PHONY: help demo test lint model bench soak places lock audit sbom clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: .venv/ready ## watch Jeeves read a mailbox and speak up (60 seconds, embedded PostgreSQL, no account needed)
	@$(BIN)/python -m examples.demo

test: .venv/ready-dev ## run every test, or those in TESTS=...
	$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

lint: .venv/ready-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

model: .venv/ready ## train the shipped model anew: starter corpus and CORPUS=...
	$(BIN)/jeeves retrain --output models $(addprefix --corpus ,$(CORPUS))

bench: .venv/ready-dev ## measure everything beside its anchors (docs/performance.md; wants dovecot-imapd and isync)
	$(BIN)/python -m benchmarks

soak: .venv/ready-dev ## let a daemon work for MINUTES=2 while connections break, and see whether memory or files grow
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

places: .venv/ready-dev ## score how well the state of a thread is told, on written threads
	$(BIN)/python -m benchmarks.places
	$(BIN)/python -m benchmarks.places --model

lock: .venv/ready-dev ## pin every dependency with its hashes anew (UPGRADE=--upgrade: to the latest versions)
	$(BIN)/uv pip compile $(LOCK) --group build --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group build --group dev --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

audit: .venv/ready-dev ## ask whether a vulnerability is known in a pinned dependency (without network: says so)
	@$(BIN)/python .ci/audit.py requirements-dev.lock

sbom: .venv/ready-dev ## write sbom.json, the bill of materials (CycloneDX) of what Jeeves is installed with
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file sbom.json requirements.lock
	@echo "sbom.json is written"

clean: ## remove what these rules made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Jeeves needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Setting up .venv with $(PYTHON) (once; about a minute)"
	@$(PYTHON) -m venv .venv || { echo "This Python cannot make a virtual environment: on Debian, apt install python3-venv"; exit 2; }
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	@echo "Adding the development tools to .venv"
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@
