# What a newcomer, a developer and CI run; `make` alone lists it. Needs Python 3.11 to 3.13 and nothing else.
# One .venv serves all: `demo` puts the core there, the other targets add what tests and tools need. The stamp files in
# it record what was installed, so that only a change of pyproject.toml or constraints.txt installs again.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo serve test test-services check format format-check lint types layers security audit translations bench train-vocals clean

# Python to make .venv with; found if not given (`make demo PYTHON=python3.12`).
PYTHON ?=
# Options for pytest (`make test ARGS='-k stft -x'`).
ARGS ?=

BIN := .venv/bin
PAGES := src/voxlift/web
SOURCES := src tests bench $(wildcard *.py examples/*.py)
INSTALL := $(BIN)/python -m pip install --no-input --disable-pip-version-check --progress-bar off -c constraints.txt
# Of all that pip says, what shows that it goes on; errors come on another channel.
PROGRESS := grep --line-buffered -E '^(Collecting|Building|Installing|Successfully)' | cut -c 1-100

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: .venv/.core ## install the core (no torch) and lift the voice out of a recording in examples/
	@echo "Lifting the voice out of examples/interview.flac ..."
	@$(BIN)/voxlift denoise examples/interview.flac --rest --output-dir .demo --overwrite
	@echo
	@echo "Listen to:"
	@echo "  examples/interview.flac      the recording"
	@echo "  .demo/interview.voice.flac   the voice"
	@echo "  .demo/interview.rest.flac    what was taken away; both together are the recording again"
	@echo "Next: $(BIN)/voxlift denoise YOUR_FILE, or $(BIN)/voxlift --help"

serve: .venv/.web ## install what the web service needs (no torch), and start it on http://127.0.0.1:8000
	$(BIN)/voxlift serve --storage .service

# What drives the web pages skips where there is no Chromium: apt-get install chromium
test: .venv/.dev ## install all that the tests need, and run them
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

# Servers are started by the tests themselves: apt-get install postgresql redis-server
test-services: .venv/.dev ## the web service on PostgreSQL and Redis, killed in the middle of their work
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/services $(ARGS)

check: format-check lint types layers security test ## everything CI checks

format-check: .venv/.dev
	$(BIN)/ruff format --check $(SOURCES)

lint: .venv/.dev ## ruff
	$(BIN)/ruff check $(SOURCES)

types: .venv/.dev ## mypy, strict
	$(BIN)/mypy

layers: .venv/.dev ## who may import whom
	$(BIN)/lint-imports

security: .venv/.dev audit ## bandit on the code, pip-audit on what it stands on
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src

# A machine that does not reach PyPI's list of vulnerabilities is told so, and goes on; one that is found is an error.
audit: .venv/.dev ## pip-audit on all that constraints.txt names
	@grep -v '^#' constraints.txt > .venv/.audited
	@if $(BIN)/python -c 'import urllib.request as u; u.urlopen("https://pypi.org/pypi/flask/0.12/json", timeout=10)' 2>/dev/null; \
	then $(BIN)/pip-audit --progress-spinner off --no-deps --disable-pip --requirement .venv/.audited; \
	else echo "pip-audit: PyPI's list of vulnerabilities cannot be reached from here; run make audit where it can"; fi

translations: .venv/.web ## take new sentences of the pages up into their translations, and compile these
	$(BIN)/pybabel -q extract --add-location=file --sort-by-file -F $(PAGES)/babel.cfg -o .venv/messages.pot $(PAGES)
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120 \
	    -i .venv/messages.pot -d $(PAGES)/translations
	$(BIN)/pybabel -q compile -d $(PAGES)/translations

format: .venv/.dev ## format the code and mend what ruff can
	$(BIN)/ruff check --fix-only --exit-zero $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: .venv/.dev ## print every figure of the README (20 minutes; see bench/README.md)
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/quality.py --by-snr

# Ctrl-C stops it, and the same command goes on. DATA is the folder of recordings: docs/data.md.
DATA ?= ../shared/data
train-vocals: .venv/.dev ## make songs and singers, and train the shipped vocals model on them: hours
	$(BIN)/voxlift lab synthesize songs --count 560 --out synth/songs
	$(BIN)/voxlift lab synthesize singers --count 850 --out synth/singers --voices $(DATA)
	$(BIN)/voxlift lab train recipes/singing.toml data.root=$(DATA)
	$(BIN)/voxlift lab train recipes/vocals.toml data.root=$(DATA)

clean: ## remove .venv and all that was made here
	rm -rf .venv .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

# Without bytecode for what nobody imports (numpy's own tests alone are 12 MB of it); Python makes the rest when needed.
.venv/.core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Voxlift's core into .venv (some 90 MB to download) ..."
	@$(INSTALL) --no-compile -e . | $(PROGRESS)
	@touch $@

.venv/.web: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Voxlift and its web service into .venv (some 150 MB to download) ..."
	@$(INSTALL) --no-compile -e '.[web,plot]' | $(PROGRESS)
	@touch .venv/.core $@

.venv/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing all that tests and tools need into .venv, torch among it; this takes minutes ..."
	@$(INSTALL) --no-compile -e '.[dev]' | $(PROGRESS)
	@touch .venv/.core .venv/.web $@

# The first Python that runs and is of a version that all our libraries have wheels for.
$(BIN)/python:
	@found=; for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	        found=$$python; break; \
	    fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "No Python 3.11, 3.12 or 3.13 found: install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found cannot make virtual environments: install them with 'apt-get install python3-venv'" \
	        "(Debian, Ubuntu) and run make again" >&2; \
	    exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version) ($$("$$found" -c 'import sys; print(sys.executable)'))"; \
	"$$found" -m venv .venv
