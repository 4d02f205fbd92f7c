# The commands of a platform's directory: this repository, or one that `mlops-stages init` made.
# All they need is make and Python 3.11 or later; all they make stays in this directory.

PYTHON ?= python3
INSTALL ?= -r requirements.txt
INSTALL_DEPENDS ?= requirements.txt
NATIVE := requirements-native.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

# `mlops-stages init` links .venv to the environment it ran in: that one is used as it is; `clean` removes the link only.
ifeq ($(shell test -L .venv && test -x .venv/bin/mlops-stages && echo linked),linked)
ENVIRONMENT := .venv/bin/mlops-stages
else
ENVIRONMENT := .venv/.installed
endif

.DEFAULT_GOAL := help
.PHONY: help setup up down status validate clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: $(INSTALL_DEPENDS) $(NATIVE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	@if test -L .venv; then rm .venv; fi
	@test -x .venv/bin/python || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing into .venv (a minute or two, once)"
	@.venv/bin/python -m pip install -qq $(INSTALL)
	@.venv/bin/python -m pip install -qq --no-deps --only-binary :all: -r $(NATIVE) || \
		echo "No native CloudFormation rules for this machine: the CDK's own serve, a second or two slower a synth"
	@touch $@

node_modules/.installed-from: package-lock.json $(ENVIRONMENT)
	@.venv/bin/python -m mlops_stages.node
	@touch $@

setup: $(ENVIRONMENT) node_modules/.installed-from ## Install everything into this directory

up: setup ## Deploy the platform to an AWS inside this machine
	@.venv/bin/mlops-stages up $(ARGS)

down: setup ## Stop that AWS
	@.venv/bin/mlops-stages down $(ARGS)

status: setup ## Say what runs where
	@.venv/bin/mlops-stages status $(ARGS)

validate: setup ## Check platform.yaml
	@.venv/bin/mlops-stages validate $(ARGS)

clean: ## Stop that AWS, and remove everything that these commands made
	@if test -x .venv/bin/mlops-stages; then .venv/bin/mlops-stages down; fi
	@rm -rf cdk.out .mlops-stages node_modules .venv
