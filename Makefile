# `make` sets up what it needs, writes backprop.xlsx and verifies it; `make train` adds the sheet of a trained CNN to it;
# `make test` runs the tests that are for every few minutes, `make test-all` the long searches too. Each sets up what it
# needs.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# Each worker takes what is left of another's tests at the end.
TEST := $(RUN)/python -m pytest -n auto --dist worksteal
# Where hundreds of workbooks are checked, and where PyTorch is used.
CHECKING := tests/verifier
MODELS := tests/torch_models
TRAINING := tests/verifier/test_arrays.py $(wildcard tests/commands/test_train*.py)

.PHONY: workbook train test test-slow test-all lint types benchmark pictures clean

workbook: backprop.xlsx
	$(RUN)/backprop verify backprop.xlsx

# Made once and then left alone: it may have been worked in.
backprop.xlsx: | $(VENV)/installed
	$(RUN)/backprop generate

train: $(VENV)/installed-train
	$(RUN)/backprop train

# One run after the other, so that no worker holds all that it takes at once.
test: $(VENV)/installed-test
	$(TEST) $(TRAINING:%=--ignore=%) $(CHECKING)
	$(TEST) $(TRAINING:%=--ignore=%) $(CHECKING:%=--ignore=%) $(MODELS:%=--ignore=%)
	$(TEST) $(TRAINING)
	$(TEST) $(MODELS)

test-slow: $(VENV)/installed-test
	$(TEST) -m slow

test-all: test test-slow

lint: $(VENV)/installed-test
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(VENV)/installed-test
	$(RUN)/mypy

benchmark: $(VENV)/installed-test
	$(RUN)/python -m benchmarks.generate
	$(RUN)/python -m benchmarks.verify
	$(RUN)/python -m benchmarks.grade
	$(RUN)/python -m benchmarks.start_up
	$(RUN)/python -m benchmarks.train

# Draws docs/images from what the commands write; needs LibreOffice, pdftoppm and Chromium.
pictures: $(VENV)/installed-test
	$(RUN)/python -m docs.pictures
	$(RUN)/python -m docs.animation

clean:
	rm -rf $(VENV) build *.egg-info

# The environment is made without a pip of its own, which not every Python can install: ours works on it from outside.
$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is ' + sys.version.split()[0] + '. Try: make PYTHON=python3.11') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $(RUN)/python install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/installed-train: $(VENV)/installed
	$(PYTHON) -m pip --python $(RUN)/python install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,download]"
	@touch $@

$(VENV)/installed-test: $(VENV)/installed-train
	$(PYTHON) -m pip --python $(RUN)/python install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,lint]"
	@touch $@
