# What can be done here? `make` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV ?= .venv
PYTHON ?=
ARGS ?=
JOBS ?= $(if $(REDIS_URL),0,2)
IN := $(VENV)/bin

# Recipes end in `exec`, so that Ctrl-C and SIGTERM reach the program itself and nothing waits in between.

.PHONY: help setup demo up test check format bench fuzz soak lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=python3.12 and VENV=.venv-3.12 choose another interpreter; ARGS='...' is passed to the program"

setup: ## make the environment in .venv (once; again only when the lock or the interpreter changes)
	@PYTHON="$(PYTHON)" exec .ci/setup "$(VENV)"

demo: setup ## see a campaign go out: everything is started, shown and stopped again
	@exec $(IN)/python -m app demo $(ARGS)

up: setup ## run the service here: API, workers, PostgreSQL, Valkey and a simulated carrier, until Ctrl-C
	@exec $(IN)/python -m app up $(ARGS)

test: setup ## run the tests against real PostgreSQL and Valkey, two files at a time (JOBS=n; one on your own servers)
	@# In the order of their names: files of few but long tests would otherwise come last, and one runner would end alone.
	@exec $(IN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## lint, format, types, layers, and whether the migrations make the tables
	@$(IN)/ruff check
	@$(IN)/ruff format --check --quiet
	@$(IN)/mypy
	@$(IN)/lint-imports --no-logo
	@exec $(IN)/python -m tests.architecture.schema

format: setup ## put every file into the house's format
	@$(IN)/ruff format
	@exec $(IN)/ruff check --fix

bench: setup ## measure the figures of the design against their bounds
	@exec $(IN)/python -m bench $(ARGS)

fuzz: setup ## throw invented requests at every operation of the API
	@exec $(IN)/python -m tests.fuzz $(ARGS)

soak: setup ## keep the promises ten times over (ROUNDS=n), workers killed and Redis emptied, until one breaks
	@for round in $$(seq 1 $${ROUNDS:-10}); do $(IN)/python -m pytest -q -x tests/promises $(ARGS); echo "round $$round held"; done

lock: setup ## compile requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	@exec .ci/lock "$(IN)/python" $(ARGS)

clean: ## stop the embedded servers; remove the environment, caches and all data in var/
	@exec .ci/clean "$(VENV)"
