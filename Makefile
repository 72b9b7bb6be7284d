# `make lab` opens the laboratory; `make test` checks it. Both set everything up first, once, in $(VENV).
# Python is always called as "$(VENV)/bin/python -m ...", because scripts break where a path holds a space.

VENV = .venv
LAB_ARGS =
PINS_ARGS =
PYTHONS = python3 python3.14 python3.13 python3.12 python3.11 python
TOOLS = jupyter-repo2docker==2026.4.0 uv==0.13.9

# Prints the Python that can make the environment: new enough, with pip at hand, and not itself inside one.
FIT = 'import ensurepip, sys; assert sys.version_info >= (3, 11); print(sys._base_executable)'
PYTHON := $(shell for python in $(PYTHONS); do "$$python" -c $(FIT) 2>/dev/null && break; done)

ifneq ($(words $(filter .venv%,$(VENV)))/$(words $(VENV)),1/1)
$(error VENV must be a name like .venv or .venv-newer, because set-up empties that folder first; got '$(VENV)')
endif

# The name of the file says what was installed, where and for which Python: when one of them changes, or when
# set-up did not reach its end, the file is not there and set-up starts afresh.
SIGNATURE := $(shell { pwd -P; "$(PYTHON)" -V; cat pyproject.toml binder/*; } 2>&1 | cksum | tr ' ' '-')
READY := $(VENV)/ready-$(SIGNATURE)
TOOLS_READY := .venv-tools/ready-$(shell { pwd -P; "$(PYTHON)" -V; echo $(TOOLS); } 2>&1 | cksum | tr ' ' '-')
python = "$(VENV)/bin/python"

ifndef CHROMIUM
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
endif
export CHROMIUM

# Nothing of the user's own Python or Jupyter may leak in: the kernel is the one that was installed here.
export JUPYTER_PREFER_ENV_PATH = 1
export PIP_USER = 0
export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport JUPYTER_PATH PYTHONPATH PYTHONHOME MPLBACKEND

.PHONY: help lab test notebooks docs validate refit bench binder pins version clean

help: ## say what can be made (this list)
	@sed -n 's/^\([a-z]*\):.*## /make \1@/p' Makefile | awk -F@ '{printf "%-16s%s\n", $$1, $$2}'
	@echo "Options: PYTHON=python3.12, VENV=.venv-newer, LAB_ARGS=--no-browser, CHROMIUM=/path, PINS_ARGS=--upgrade"

lab: $(READY) ## set up, and open JupyterLab on notebooks/00_start_here.ipynb
	@echo "Opening JupyterLab. To close it, press Ctrl-C here twice."
	@$(python) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb \
		--log-level=WARN $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_ARGS)

test: $(READY) ## set up, and pass all tests: the library, then every notebook against its stored results
	@$(if $(CHROMIUM),,echo "No Chromium on this machine: the tests that drive a browser are left out.")
	@echo "Testing the library ..."
	@MPLBACKEND=agg $(python) -m pytest $(if $(CHROMIUM),,-m "not browser")
	@echo "Testing the notebooks: each is run again and compared with what it stores ..."
	@$(python) -m pytest notebooks --nbval --nbval-current-env --nbval-cell-timeout=120 \
		--nbval-sanitize-with=tests/nbval_sanitize.cfg

notebooks: $(READY) ## run all notebooks again and store their results
	@$(python) tests/run_notebooks.py

docs: $(READY) ## write the generated parts of the documents again
	@$(python) docs/generate.py

validate: $(READY) ## check model and intervals at full size; writes four documents in docs/ (a quarter of an hour)
	@echo "Checking what must be true of the model, and what is said of learning networks. Some minutes ..."
	@$(python) docs/validate.py
	@$(python) docs/claims.py
	@$(python) docs/planted.py
	@$(python) docs/ranking.py

refit: $(READY) ## fit the starred defaults again, and show how far apart equally good fits lie (minutes)
	@$(python) docs/refit.py

bench: $(READY) ## what a run costs, and beside other frameworks; writes docs/benchmarks.md (half an hour)
	@$(python) tests/benchmarks/cost.py
	@$(python) tests/benchmarks/runs.py
	@$(python) tests/benchmarks/peers.py

binder: $(TOOLS_READY) ## check that Binder would build the environment we mean
	@echo "Checking the binder folder ..."
	@.venv-tools/bin/python tests/check_binder.py

pins: $(TOOLS_READY) ## write binder/requirements.txt again from pyproject.toml (PINS_ARGS=--upgrade for newer versions)
	@.venv-tools/bin/python -m uv pip compile pyproject.toml --quiet --extra test --universal --python-version 3.11 \
		--no-header --no-annotate --no-emit-index-url --output-file binder/requirements.txt $(PINS_ARGS)

version:
	@"$(PYTHON)" -c 'import sys; print(*sys.version_info[:2], sep=".")'

clean: ## remove what make made
	@rm -rf .venv .venv-newer .venv-tools .venv-peers "$(VENV)" .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(READY):
	$(call environment,$(VENV))
	@echo "Installing the pinned packages (once; a few minutes on a slow line) ..."
	@$(python) -m pip install -qq --no-compile -r binder/requirements.txt
	@echo "Installing lnlab and compiling its model ..."
	@PATH="$(VENV)/bin:$$PATH" binder/postBuild
	@touch $@

$(TOOLS_READY):
	$(call environment,.venv-tools)
	@echo "Installing $(TOOLS) ..."
	@.venv-tools/bin/python -m pip install -qq $(TOOLS)
	@touch $@

define environment
@"$(PYTHON)" -c $(FIT) >/dev/null 2>&1 || { \
	echo "lnlab needs Python 3.11 or newer that can make virtual environments. Found here:"; \
	for python in "$(PYTHON)" $(PYTHONS); do command -v "$$python" >/dev/null && \
		echo "  $$python: $$("$$python" -V 2>&1 | head -n 1)"; done; \
	echo "Install a newer one (on Debian and Ubuntu: python3 and python3-venv),"; \
	echo "or name the one to use: make ... PYTHON=/path/to/python3.12"; exit 1; } >&2
@echo "Making $(1) with $$("$(PYTHON)" -V) ..."
@"$(PYTHON)" -m venv --clear "$(1)"
endef
