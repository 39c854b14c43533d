# Everything runs in .venv, made here from Python 3.11 or newer; nothing is installed outside of this folder.
#   make test PYTHON=python3.12     another interpreter        make test EXTRAS=cpu,dev,bench     without torch
#   make mortgage ROWS=20000000     more synthetic rows        make bench ARGS="--sizes 1000000"  options passed on

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
EXTRAS ?= cpu,torch,dev,bench
ROWS ?= 1000000
DATA ?= data/mortgage
ARGS ?=
BIN := .venv/bin

# BLAS and OpenMP threads times worker threads would otherwise oversubscribe small machines.
export OMP_NUM_THREADS ?= 2
export OPENBLAS_NUM_THREADS ?= 2
export MKL_NUM_THREADS ?= 2
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help trinity mortgage crowd topics ner partial graph clusters factors compress signsgd forecast video rendering programs test lint bench device-check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

trinity: .venv/.torch ## go from texts or tables and votes to labels, a model, and what to label next
	$(BIN)/python -m pipelines.trinity $(ARGS)

mortgage: .venv/.run ## generate loan files, predict which loans will be late, and report
	$(BIN)/python -m etl.mortgage.generate --rows $(ROWS) --out $(DATA)
	$(BIN)/python -m pipelines.mortgage --data $(DATA) $(ARGS)

crowd: .venv/.run ## turn votes into labels, judge the workers, train models, and report
	$(BIN)/python -m pipelines.crowd $(ARGS)

topics: .venv/.run ## find topics in documents, and report
	$(BIN)/python -m pipelines.topics $(ARGS)

ner: .venv/.torch ## compare ways to choose the sentences to label, and report
	$(BIN)/python -m pipelines.ner $(ARGS)

partial: .venv/.torch ## label items by yes/no questions over a hierarchy, and report
	$(BIN)/python -m pipelines.partial $(ARGS)

signsgd: .venv/.torch ## train by majority vote and by means, with workers that lie, and report
	$(BIN)/python -m pipelines.signsgd $(ARGS)

graph: .venv/.run ## rank the nodes of a graph, find communities, draw it, and report
	$(BIN)/python -m pipelines.graph $(ARGS)

clusters: .venv/.run ## group the rows of a table that are alike, and report
	$(BIN)/python -m pipelines.clusters $(ARGS)

compress: .venv/.torch ## put a trained network's layers in factors, tune it again, and report
	$(BIN)/python -m pipelines.compress $(ARGS)

factors: .venv/.run ## find the patterns of a table of several modes, fill its gaps, and report
	$(BIN)/python -m pipelines.factors $(ARGS)

video: .venv/.torch ## predict what comes next in clips, frame by frame, beside baselines, and report
	$(BIN)/python -m pipelines.video $(ARGS)

rendering: .venv/.torch ## learn from few labels and many images without, show what is seen in them, and report
	$(BIN)/python -m pipelines.rendering $(ARGS)

programs: .venv/.torch ## learn from certified equations whether others hold, and report
	$(BIN)/python -m pipelines.programs $(ARGS)

forecast: .venv/.torch ## forecast series, judge the forecasts by rolling origins, and report
	$(BIN)/python -m pipelines.forecast $(ARGS)

# Tests run beside each other, one a core: threads of their own would only wait for each other.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: export MKL_NUM_THREADS := 1
test: lint ## lint, run the tests for a GPU on a stand-in for its libraries, then every test
ifeq ($(ARGS),)
	$(BIN)/python tests/support/device/run.py -m pytest -m gpu -n auto --dist loadfile
endif
	$(BIN)/python -m pytest -n auto --dist loadfile --durations=40 $(ARGS)

lint: .venv/.test ## style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/.test ## time the mortgage ETL beside DuckDB and Polars
	$(BIN)/python -m benchmarks.mortgage $(ARGS)

CARRY ?=
CHECK = python3 -m benchmarks.device_check --out \$$OUT --deadline
EARLY = environment 'signsgd kernels' transports arrays
device-check: ## show the calls that check a machine with a GPU; CARRY=PROGRAM packs RAPIDS where it has no network
ifeq ($(CARRY),)
	@echo "On the machine with the GPU, where the extras gpu, torch and dev are installed:"
	@echo "  $(CHECK) 420"
else
	@$(CARRY) pack --level cuml
	@echo "With a part that travels, as these need nothing of it:"
	@echo "  $(CHECK) 90 --only $(EARLY)"
	@echo "With all parts joined, as told above:"
	@echo "  $(CHECK) 420 --leave $(EARLY)"
endif
	@echo "Then here, of all calls, whatever they say; commit what is written:"
	@echo "  $(BIN)/python -m benchmarks.device_check.record CALL/results.jsonl ..."
	@echo "  $(BIN)/python -m benchmarks.tables"

clean: ## remove the environment and what tools left behind; data and runs stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build trinity.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run: pyproject.toml constraints.txt
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed and was not found; install it, or pass PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv || { echo "no venv module: on Debian and Ubuntu, install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[cpu]'
	@touch $@

.venv/.torch: .venv/.run
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[cpu,torch]'
	@touch $@

.venv/.test: .venv/.run
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@
