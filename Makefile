# The only front door. `make help` lists what it can do.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ONLY ?=
ARGS ?=

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Make the environment from requirements.lock (done by every other command)

$(STAMP): requirements.lock pyproject.toml gen/python/pyproject.toml sdk/python/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "AOS needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the environment into $(VENV) (once)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --config-settings editable_mode=compat -e . -e gen/python -e sdk/python
	@touch $@

up: $(STAMP) ## Run AOS here, on its embedded engines; Ctrl-C drains and stops
	@$(BIN)/aos up $(ARGS)

demo: $(STAMP) ## See in a minute what AOS does, on the plane that runs or on a fresh one
	@$(BIN)/aos demo $(ARGS)

gate: $(STAMP) ## Prove on a fresh plane what nobody may be given it without; a line a row
	@$(BIN)/aos gate $(ARGS)

doctor: $(STAMP) ## Say what is wrong with this machine or installation, if anything is
	@$(BIN)/aos doctor $(ARGS)

status: $(STAMP) ## Show each service's address and state
	@$(BIN)/aos status $(ARGS)

migrate: $(STAMP) ## Bring the schemas of AOS_POSTGRES_URL to this version
	@$(BIN)/aos migrate $(ARGS)

protos: $(STAMP) ## Lint the contracts, check them for breaking changes, generate the stubs
	@$(BIN)/python tools/protos.py && $(BIN)/python sdk/python/make_contract.py

permissions: $(STAMP) ## Write the users of the deployed event bus from the topology
	@$(BIN)/python -m tools.nats_permissions

format: $(STAMP) ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix --quiet .

check: $(STAMP) ## Lint, types, import rules, contracts, architecture tests (under a minute)
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/protos.py --check
	@$(BIN)/pytest -q tests/architecture

# A file is one worker's; each worker has engines of its own.
WORKERS ?= 2
# Engines are started by forks of processes that speak gRPC, whose own handlers of forks are in the way.

test: check ## Everything that must be green: check, then every test on real engines
	@GRPC_ENABLE_FORK_SUPPORT=0 $(BIN)/pytest -q --ignore=tests/architecture -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

resilience: $(STAMP) ## Faults in full, a row for each invariant; ONLY=I-23,I-24 for some
	@AOS_RESILIENCE=full AOS_ONLY="$(ONLY)" GRPC_ENABLE_FORK_SUPPORT=0 \
	  $(BIN)/pytest -q -p tests.support.resilience_report tests $(ARGS)

nightly: resilience ## What is too long for every day: a million conflicts, faults in full
	@AOS_CONFLICT_CASES=1000000 $(BIN)/pytest -q tests/unit/policies/test_conflicts.py

PEERS := $(VENV)/peers/.installed

$(PEERS): bench/peers/requirements.lock
	@$(PYTHON) -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

bench: $(STAMP) $(PEERS) ## Measure, each figure beside its peer in the same run; ONLY=P-4,P-7 for some
	@$(BIN)/python -m bench --only "$(ONLY)" $(ARGS)

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links --quiet

lock: ## Resolve pyproject.toml into the lock files, ours and the image's (needs uv)
	@$(LOCK) --extra dev --extra embedded -o requirements.lock
	@$(LOCK) --constraint requirements.lock --no-annotate -o deploy/requirements.lock
	@$(subst pyproject.toml,bench/peers/requirements.in,$(LOCK)) -o bench/peers/requirements.lock

clean: ## Remove the environment and caches; data folders stay
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: help install up demo gate doctor status migrate protos permissions format check test resilience nightly bench lock clean
