# Two commands do everything: `make drill` and `make test`. Both set up what they need, once.
DRILL ?= drills/corrupted-index.yaml
JOBS  ?= 3
VENV  := .venv
BIN   := $(VENV)/bin

.PHONY: drill test test-full tour bench mutants spark lint clean setup
.DEFAULT_GOAL := drill

setup:                      ## virtual environment, Debian packages when root
	@sh toolkit/setup.sh $(VENV)

drill: setup                ## run a drill: DRILL=drills/x.yaml runs another
	@$(BIN)/metadrill run $(DRILL)

test: setup lint            ## every test, live ones too; JOBS=0 runs one after another
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-full: setup lint       ## with the long forms; T=t4 runs one part
	@METADRILL_FULL=1 $(BIN)/pytest -m "slow or not slow" $(if $(T),-k $(T)) $(ARGS)

tour: setup                 ## a recorded real run, rendered in seconds
	@$(BIN)/metadrill tour

bench: setup                ## ratios against the plain way; P=P3 runs one
	@$(BIN)/python tests/benchmarks/bench.py $(P)

mutants: setup              ## how many changed lines of the checks the tests notice; N=, M=
	@[ -x .mutants/bin/python ] || python3 -m venv .mutants
	@.mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r toolkit/requirements/mutants.txt
	@.mutants/bin/python tests/benchmarks/mutants.py --sample $(or $(N),200) --match "$(M)"

spark: setup                ## the extra for --engine spark; needs Java 17 or 21
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r toolkit/requirements/spark.txt

lint: setup                 ## ruff, mypy --strict, the floors of the house
	@$(BIN)/ruff format --check --quiet toolkit tests reports || { echo "hint: .venv/bin/ruff format toolkit tests reports"; exit 1; }
	@$(BIN)/ruff check --quiet toolkit tests reports
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > .venv/floors.txt || { cat .venv/floors.txt; exit 1; }

clean:                      ## everything made here; the cache of parts stays
	@rm -rf $(VENV) .mutants .metadrill .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
