# make run    opens Gradwalk            make test   runs every check
# make bench  prints the benchmarks     make clean  removes what these made
# Each sets itself up in .venv. PYTHON=python3.12 picks another Python; PORT=8600 another port.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test bench clean
.DEFAULT_GOAL := run

run: .venv/run.stamp
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: .venv/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -n 2 --dist loadgroup

bench: .venv/dev.stamp
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis

# A stamp is newer than the list of requirements that it stands for.
.venv/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || { echo "Gradwalk needs Python 3.11 or newer, and '$(PYTHON)' is not there: install it, or name another with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Gradwalk needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1): install a newer one, or name it with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv), then run make again."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run.stamp
