# make demo    fit on a real table, with its own environment
# make test    lint, types, import directions, tests
# Both need Python 3.11 or later, make and a package index, nothing else.

VENV ?= .venv
VENV_LOWEST ?= .venv-lowest
PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
PACKAGES := automl knowledge_base metafeatures portfolios
# Of `make lowest`: files and folders of tests, all by default.
TESTS ?=
PIP_FLAGS ?= -qq --disable-pip-version-check
# Files of tests side by side. What one file starts, such as a cluster, is started once.
PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile

# Trials run in processes of their own with one thread each; tests should not fan out further.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports unit slow lowest size dist clean

help:
	@echo 'make demo      fit on a real table for 30 s, show what was learned'
	@echo 'make test      lint, types, import directions and tests (lint, types, imports, unit: one at a time)'
	@echo 'make slow      the tests that take minutes'
	@echo 'make lowest    the tests with the lowest versions that pyproject.toml allows'
	@echo 'make size      count and size of what an install brings'
	@echo 'make dist      wheel and source distribution'
	@echo 'make clean     remove environments and caches'

demo: $(VENV)/.run
	$(VENV)/bin/python scripts/demo.py

test: lint types imports unit

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy

imports: $(VENV)/.dev
	$(VENV)/bin/lint-imports --no-cache

unit: $(VENV)/.dev
	$(VENV)/bin/python -m pytest -m 'not slow and not clock' $(PARALLEL) --durations=10 --durations-min=5
	$(VENV)/bin/python -m pytest -m 'clock and not slow'

slow: $(VENV)/.dev
	$(VENV)/bin/python -m pytest -m slow

lowest: $(VENV_LOWEST)/.dev
	$(VENV_LOWEST)/bin/python -m pytest -m 'not slow and not once and not clock' $(TESTS) $(PARALLEL) --durations=10 --durations-min=5

size:
	@$(need_python)
	$(PYTHON) scripts/install_size.py

dist: $(VENV)/.dev
	$(VENV)/bin/python -m pip $(PIP_FLAGS) install build
	$(VENV)/bin/python -m build

clean:
	rm -rf $(VENV) $(VENV_LOWEST) build dist demo-output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Environments. A stamp stands for what was installed; a change of pyproject.toml makes it stale.

define need_python
test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed: none found on the PATH.' >&2; \
	echo 'Install one, or name one: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
endef

%/bin/python:
	@$(need_python)
	$(PYTHON) -m venv $* || { rm -rf $*; echo 'No environment: does this Python have the venv module (Debian: python3-venv)?' >&2; exit 1; }

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the package into $(VENV); this takes about a minute.'
	$(VENV)/bin/python -m pip $(PIP_FLAGS) install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo 'Installing the package and what the checks need into $(VENV); this takes about a minute.'
	$(VENV)/bin/python -m pip $(PIP_FLAGS) install --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV_LOWEST)/.dev: pyproject.toml scripts/lowest.py | $(VENV_LOWEST)/bin/python
	@echo 'Installing the lowest versions that pyproject.toml allows into $(VENV_LOWEST).'
	$(VENV_LOWEST)/bin/python scripts/lowest.py > $(VENV_LOWEST)/lowest.txt
	$(VENV_LOWEST)/bin/python -m pip $(PIP_FLAGS) install --editable '.[dev]' --constraint $(VENV_LOWEST)/lowest.txt
	@touch $@
