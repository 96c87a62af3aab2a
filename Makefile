# Everything a newcomer needs: `make demo`, `make test`. Contributors: `make check`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# a file to a process, in the order of tests/conftest.py: the longest first; one more than there are cores, since tests wait
PROCESSES := $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 4) + 1)')
SIDE_BY_SIDE := --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

# hundreds of processes begin here, and without compiled files each would compile the project anew
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test test-all check format clean

demo: $(STAMP)  ## the whole system on real portraits; ends with demo/report.html
	$(BIN)/python -m pipelines.demo

test: $(STAMP)  ## all tests but the long campaigns, a file to a process
	$(BIN)/python -m pytest -m "not campaign" $(SIDE_BY_SIDE)

test-all: $(STAMP)  ## the long campaigns too
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: $(STAMP)  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,demo,metrics,ray]'
	touch $@
