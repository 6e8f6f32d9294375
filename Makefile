# Everyday commands. `make run` needs nothing but Python 3.11+ (on Debian also python3-venv): no Docker, no accounts.
# pip and uv take the machine's own settings (index, certificates, caches) as they find them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.synced
# tests wait for servers and browsers as much as they work: one more than the cores of a small machine
JOBS   ?= 3
# unit tests mostly wait (for pings, for slow readers), so more of them than cores go at once
UNIT_JOBS ?= 4
ARGS   ?=
PG15   ?= /usr/lib/postgresql/15/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test test-unit test-pg15 autobahn check golden bench clean chromium

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: $(STAMP) ## the virtual environment, exactly as locked

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo ">>> maitred needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
	       "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo ">>> Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "First start: making $(VENV) (once)."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv

# --inexact: uv itself lives in the environment and is no dependency of the house
$(STAMP): pyproject.toml uv.lock | $(BIN)/uv
	@$(BIN)/uv sync --quiet --locked --inexact --extra socketify
	@touch $@

run: $(STAMP) ## open the house with a simulated evening (FRESH=1: a new evening)
	@exec $(BIN)/maitred serve --demo $(if $(filter-out 0,$(FRESH)),--fresh)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests."; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	      >/dev/null </dev/null; \
	  fi; \
	  command -v chromium >/dev/null || \
	    echo ">>> NO CHROMIUM: the browser tests will be SKIPPED. Install it: sudo apt-get install chromium" >&2; }

test: $(STAMP) chromium ## every test (ARGS="-k word" narrows, JOBS=6 widens)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-unit: $(STAMP) ## tests that start neither servers nor browsers
	@$(BIN)/python -m pytest -n $(UNIT_JOBS) --dist worksteal -m "not house and not browser" $(ARGS)

# what tells nothing new about SQL stays out: the wheels' own launcher, long random evenings, the sample's many seeds
test-pg15: $(STAMP) ## the hub's tests against PostgreSQL 15, the oldest one promised (PG15=folder of its programs)
	@test -x $(PG15)/postgres || { echo ">>> No PostgreSQL 15 in $(PG15). On Debian 12: sudo apt-get install postgresql-15" >&2; exit 1; }
	@MAITRED_TEST_PG_BIN=$(PG15) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m house -k "not any_evening" tests/hub \
	  --ignore=tests/hub/core/test_embedded.py --ignore=tests/hub/test_supervisor.py \
	  --deselect=tests/hub/sample/test_load.py::test_the_evening_is_played_without_a_single_refusal $(ARGS)

autobahn: $(STAMP) ## the Autobahn websocket suite against the edge (AUTOBAHN_PYTHON=a Python 2.7, which it needs)
	@$(BIN)/python -m tests.autobahn.run

# counts of people and minutes fit 32 bits; migrations run before the doors open, so nobody waits behind their locks;
# the job queue's own tables are as its installer makes them, serials included
SQUAWK_EXCEPT := prefer-bigint-over-int,require-lock-timeout,require-statement-timeout,prefer-identity,require-concurrent-index-creation

check: $(STAMP) ## style, types, the rooms' walls, migrations, golden files
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@for file in hub/migrations/*.sql; do \
	  test -e "$$file" || continue; \
	  sed '/^-- migrate:down/,$$d' "$$file" | $(BIN)/squawk --assume-in-transaction --pg-version 15.0 \
	    --exclude=$(SQUAWK_EXCEPT) --stdin-filepath "$$file" || exit 1; \
	done
	@# the screens' types need node; a house does not, so a machine without it checks all the rest
	@if command -v npx >/dev/null; then echo "tsc -p static/tsconfig.json"; \
	  npx --yes --package typescript@7.0.2 tsc -p static/tsconfig.json; \
	else echo ">>> NO NODE: the screens' types are NOT checked." >&2; fi
	$(BIN)/hadolint Dockerfile
	$(BIN)/python -m hub.golden --check
	$(BIN)/python -m static.tools.shell --check

golden: $(STAMP) ## write the golden files anew after a word of the wire or a file of the screens changed
	@$(BIN)/python -m hub.golden
	@$(BIN)/python -m static.tools.shell

bench: $(STAMP) ## measurements (NAME=floor for one)
	@$(BIN)/python -m bench $(NAME)

clean: ## what can be made again; the evening in .data stays
	rm -rf $(VENV) build dist test-results .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
