# Two commands do everything on a machine with Python 3.11+, make and a package index: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check elsewhere bench boards docs pictures clean

demo: $(VENV)/.installed ## run the shanghai scenario on the embedded broker and store
	$(BIN)/citybeat run shanghai

test: $(VENV)/.installed-dev ## the whole suite; says what it skipped and why
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

elsewhere: $(VENV)/.installed-dev ## the fast part of the suite with the lowest releases, and on every other Python that is here
	$(BIN)/python tools/elsewhere.py

bench: $(VENV)/.installed-dev ## every figure the README quotes, as ratios measured in one run
	$(BIN)/python -m benchmarks

boards: $(VENV)/.installed ## write the Grafana boards from kinds, measures and objectives
	$(BIN)/citybeat boards build

docs: $(VENV)/.installed ## write the generated reference
	$(BIN)/python -m citybeat.reference docs/kinds.md docs/boards.md docs/summary.schema.json

pictures: $(VENV)/.installed ## draw the README's pictures from a real run (the report's needs chromium)
	$(BIN)/python docs/pictures/draw.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "citybeat needs Python 3.11 or newer; name one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist
