# This repository's commands: those of every platform (platform.mk), and those of its development.
LOCK := requirements-dev.lock
OWN := --no-deps --no-build-isolation -e .
INSTALL_DEPENDS := pyproject.toml
INSTALL_SIZE := with all that tests take about 120 packages and 1700 MB
LOCKING_NEEDS := .venv-tools/.installed
TEMPLATE := constructs/mlops_stages/model_repository/template
LOCKING = .venv-tools/bin/python constructs/mlops_stages/supply_chain/lock.py pyproject.toml=requirements.lock \
	pyproject.toml:dev=requirements-dev.lock requirements-native.txt requirements-tools.txt \
	$(addprefix $(TEMPLATE)/requirements,.txt -data.txt -dev.txt -pipeline.txt) bench/libraries.txt $(ARGS) \
	&& cp requirements-tools.txt requirements-tools.lock $(TEMPLATE) && $(MAKE) --no-print-directory sbom
AUDITED := requirements-dev.lock requirements-tools.lock package-lock.json tests/package-lock.json \
	$(addprefix $(TEMPLATE)/requirements,.lock -dev.lock -pipeline.lock)
include platform.mk

CHECKED := constructs stacks tests bench docs release app.py

.PHONY: test lint format bench fuzz sbom dist

# What the tests read of npm (AWS's IAM data); a platform's directory has no such folder.
setup: tests/node_modules/.installed-from
tests/node_modules/.installed-from: tests/package-lock.json $(ENVIRONMENT)
	@cd tests && ../.venv/bin/python -m mlops_stages.node
	@touch $@

test: setup ## Run the tests; ARGS goes to pytest
	@.venv/bin/python -m pytest $(ARGS)

fuzz: setup ## Try hostile files and requests at random, for long; `make test` tries few, and always the same
	@.venv/bin/python -m pytest tests/fuzz -n 0 --hypothesis-profile=fuzz $(ARGS)

lint: setup ## Check format, style and types
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright --pythonpath .venv/bin/python $(CHECKED)

format: setup ## Format the code and mend what can be mended
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

sbom: setup .venv-tools/.installed ## Write what the wheel is made of into mlops-stages.cdx.json
	@.venv-tools/bin/cyclonedx-py environment --spec-version 1.6 --output-reproducible --output-format JSON \
		--output-file .venv-tools/found.json .venv/bin/python
	@.venv/bin/python -m release.sbom .venv-tools/found.json

dist: setup ## Build the commit that is checked out: wheel, source archive, SBOM, hashes
	@.venv/bin/python -m release.dist

bench: setup ## Measure; prints lines of name, value, unit
	@.venv/bin/python -m bench $(ARGS)

clean: clean-development
clean-development:
	@rm -rf tests/node_modules dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
.PHONY: clean-development
