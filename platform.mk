# The commands of a platform's directory: this repository, or one that `mlops-stages init` made.
# All they need is make and Python 3.11 or later; all they make stays in this directory.

PYTHON ?= python3
# Packages come by hash, as wheels alone: nothing is built, so none of their code runs when they are installed.
HELD := --require-hashes --only-binary :all: --no-deps
LOCK ?= requirements.lock
OWN ?= $(HELD) -r requirements.txt
INSTALL_DEPENDS ?= requirements.txt
LOCKING ?= .venv/bin/python -m mlops_stages.supply_chain.release
AUDITED ?= requirements.lock requirements-native.lock requirements-tools.lock package-lock.json
# pip compiles one file after the other. What packages carry that is no Python is left as it is.
COMPILE := .venv/bin/python -m compileall -q -j 0 .venv/lib > .venv/compiled.txt 2>&1 || true
INSTALL_SIZE ?= about 70 packages and 920 MB
NATIVE := requirements-native.lock

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

# `mlops-stages init` links .venv to the environment it ran in: that one is used as it is; `clean` removes the link only.
ifeq ($(shell test -L .venv && test -x .venv/bin/mlops-stages && echo linked),linked)
ENVIRONMENT := .venv/bin/mlops-stages
else
ENVIRONMENT := .venv/.installed
endif
LOCKING_NEEDS ?= $(ENVIRONMENT)

# Reads what pip says: on a terminal it counts on one line, and in the end it tells packages, seconds and MB. Ends as pip ended.
define COUNT_PACKAGES
import os, sys, time
began, found, code = time.monotonic(), 0, 1
for line in sys.stdin:
    words = line.split()
    found += words[:1] in (["Collecting"], ["Processing"])
    if line.startswith("Installing collected packages: "):
        found = line.count(",") + 1
    code = int(words[1]) if words[:1] == ["ended"] else code
    if sys.stdout.isatty():
        doing = "unpacking" if words[:2] == ["Installing", "collected"] else "downloading"
        print(f"\r  {doing} {found} packages ({time.monotonic() - began:.0f} s) ", end="", flush=True)
if sys.stdout.isatty():
    print(end="\r\033[K")
if code == 0 and found:
    held = sum(512 * os.lstat(os.path.join(at, name)).st_blocks for at, _, names in os.walk(".venv") for name in names)
    print(f"  {found} packages in {time.monotonic() - began:.0f} s; .venv holds {held / 1e6:.0f} MB")
sys.exit(code)
endef
export COUNT_PACKAGES

.DEFAULT_GOAL := help
.PHONY: help setup up down status validate lock audit clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: $(LOCK) $(INSTALL_DEPENDS) $(NATIVE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	@case '$(OWN)' in *requirements.txt) grep -q -e '--hash=sha256:' requirements.txt || { \
		echo "requirements.txt holds mlops-stages by no hash, so that anybody's package of that name would do" >&2; \
		echo "  fix: 'make lock', where mlops-stages is installed already, writes the hash; commit it" >&2; exit 2; };; esac
	@if test -L .venv; then rm .venv; fi
	@test -x .venv/bin/python || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing into .venv, once: $(INSTALL_SIZE), 2 to 7 minutes by the speed of network and disk"
	@{ .venv/bin/python -m pip install --progress-bar off --no-compile $(HELD) -r $(LOCK) && { $(COMPILE); }; echo "ended $$?"; } \
		| $(PYTHON) -c "$$COUNT_PACKAGES"
	@.venv/bin/python -m pip install -qq $(HELD) -r $(NATIVE) 2> .venv/native.txt || { \
		grep -q "No matching distribution" .venv/native.txt || { cat .venv/native.txt >&2; exit 1; }; \
		echo "No native CloudFormation rules for this machine: the CDK's own serve, a second or two slower a synth"; }
	@.venv/bin/python -m pip install -q $(OWN)
	@touch $@

node_modules/.installed-from: package-lock.json $(ENVIRONMENT)
	@.venv/bin/python -m mlops_stages.node
	@touch $@

# Compiled packages for functions in AWS: of another machine than this one, so beside the packages that run here.
.venv/layers/.installed: $(ENVIRONMENT)
	@.venv/bin/python -m mlops_stages.layers
	@touch $@

setup: $(ENVIRONMENT) node_modules/.installed-from .venv/layers/.installed ## Install everything into this directory

up: setup ## Deploy the platform to an AWS inside this machine
	@.venv/bin/mlops-stages up $(ARGS)

down: setup ## Stop that AWS
	@.venv/bin/mlops-stages down $(ARGS)

status: setup ## Say what runs where
	@.venv/bin/mlops-stages status $(ARGS)

validate: setup ## Check platform.yaml
	@.venv/bin/mlops-stages validate $(ARGS)

lock: $(LOCKING_NEEDS) ## Write the locks of requirements.txt anew
	@$(LOCKING)

audit: setup .venv-tools/.installed ## Ask which locked packages have known vulnerabilities
	@.venv/bin/python -m mlops_stages.supply_chain.audit $(AUDITED) $(ARGS)

.venv-tools/.installed: requirements-tools.lock
	@test -x .venv-tools/bin/python || $(PYTHON) -m venv .venv-tools
	@.venv-tools/bin/python -m pip install -q $(HELD) -r requirements-tools.lock
	@touch $@

clean: ## Stop that AWS, and remove everything that these commands made
	@if test -x .venv/bin/mlops-stages; then .venv/bin/mlops-stages down; fi
	@rm -rf cdk.out .mlops-stages node_modules .venv .venv-tools
