# Two commands for everybody: `make demo` and `make test`. Everything else is for people who change Clerk.
# Each target makes what it needs and says what it does; running one twice does no harm.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export HF_HUB_OFFLINE = 1

.DEFAULT_GOAL := help
.PHONY: help demo browser tracer test test-model test-places test-device check docs pictures prove bench clean

help:            ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

# A stamp for each set of packages: pip runs again only when pyproject.toml changed.
$(VENV)/demo.stamp: pyproject.toml
	@echo "clerk: making a virtual environment in $(VENV) and installing (one to three minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[encoder]"
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/demo.stamp
	@echo "clerk: installing what tests and checks need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[encoder,dev]"
	@touch $@

demo: $(VENV)/demo.stamp   ## build the sample store and open the counter
	@$(BIN)/clerk demo

browser:                   ## Chromium for the tests at a tablet, from the system's packages where root and apt are there
	@.ci/system chromium "tests at a tablet are skipped; name one with CLERK_CHROMIUM" "$$CLERK_CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable

tracer:                    ## strace for power cuts of SQLite's own writes, the same way
	@.ci/system strace "power cuts of the journal are not recorded" strace

test: $(VENV)/dev.stamp    ## run the tests
	@$(BIN)/python -m pytest -n 2 -q -m "not slow"

check: $(VENV)/dev.stamp   ## format, lint, types, room contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/dev.stamp    ## docs/reference.md from the code; `make test` fails when it is stale
	@$(BIN)/python -m docs.make_reference

pictures: $(VENV)/dev.stamp browser ## docs/pictures from the real screens (the tablet's need Chromium)
	@$(BIN)/python -m docs.make_pictures

test-device:               ## the base install alone: no torch, no transformers, no pandas
	@echo "clerk: a device environment of its own"
	@test -x .venv-device/bin/python || $(PYTHON) -m venv .venv-device
	@.venv-device/bin/python -m pip install --quiet --disable-pip-version-check -e . "pytest>=9,<10" "pytest-asyncio>=1.3,<2"
	@.venv-device/bin/python -m pytest -q -p no:cacheprovider tests/test_device.py

test-model:                ## the [model] extra alone: torch export and parity against sentence-transformers
	@echo "clerk: a model environment of its own (torch, about 1.5 GB)"
	@test -x .venv-model/bin/python || $(PYTHON) -m venv .venv-model
	@.venv-model/bin/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	@.venv-model/bin/python -m pip install --quiet --disable-pip-version-check -e ".[model]" "pytest>=9,<10" "pytest-asyncio>=1.3,<2" "hypothesis>=6.150,<7"
	@.venv-model/bin/python -m pytest -q -m model tests/embeddings

test-places:               ## a real S3 server and a real SFTP server as the place of exchange
	@echo "clerk: an environment of its own with an S3 server"
	@test -x .venv-places/bin/python || $(PYTHON) -m venv .venv-places
	@.venv-places/bin/python -m pip install --quiet --disable-pip-version-check -e ".[s3,sftp]" "moto[server]>=5.2,<6" "pytest>=9,<10" "pytest-asyncio>=1.3,<2"
	@CLERK_PLACES=1 .venv-places/bin/python -m pytest -q -W default -p no:unraisableexception tests/exchange/test_remote_locations.py

prove: $(VENV)/dev.stamp   ## the long versions of the proofs (an hour or two; needs strace), then an hour of fuzzing
	@CLERK_PROVE=1 $(BIN)/python -m pytest -n 2 -q -m "slow or proof"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[fuzz]" || echo "clerk: atheris has no wheel for this machine"
	@$(BIN)/python -m tests.fuzz readers 300
	@$(BIN)/python -m tests.fuzz others 60

bench: $(VENV)/dev.stamp   ## every figure of docs/figures.md, one after the other
	@$(BIN)/python -m benchmarks

clean:                     ## remove environments and built stores (sources stay)
	rm -rf .venv .venv-device .venv-model .venv-places store_data/home store_data/complete-journey
