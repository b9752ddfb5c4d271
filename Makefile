# What every developer needs. `make run` and `make test` set everything up by themselves.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run setup test check format generate bench soak explorer clean

run: $(READY)
	@$(BIN)/frontrow serve --demo

setup: $(READY)

# Made anew when the dependencies change; else a matter of a millisecond.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

test: $(READY)
	$(BIN)/python -m tests.storages

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy api schema resolvers db tests
	$(BIN)/lint-imports
	$(BIN)/frontrow schema --check
	$(BIN)/python -m api.docs --check

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Everything that is made from something else, and committed.
generate: $(READY)
	$(BIN)/python -m schema.sdl
	$(BIN)/python -m api.docs
	$(BIN)/python -m db.check

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m tests.bench

soak: $(READY)
	FRONTROW_SEEDS=200 FRONTROW_EVENTS=5000000 $(BIN)/pytest -n 2 tests/differential tests/db/load/test_memory.py

# The explorer's files, committed too; needs Node.
explorer:
	cd api/explorer/source && npm ci && npm run build

clean:
	rm -rf .venv build dist *.egg-info
