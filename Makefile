# Two commands are all a newcomer needs: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help setup demo audit test test-mssql lint bench storm screenshots lock messages contract clean

help:
	@echo "make demo      sets up, brings a shop's orders into Prextra, then serves the admin (ONCE=1: stops after the table)"
	@echo "make test      sets up, checks the code and runs the tests"
	@echo "make test-mssql  runs the tests on the server that TEST_PREXTRA_DATABASE_URL names, in a database of their own"
	@echo "make audit     looks for what is known to be unsafe, in our code and in what it needs; asks pypi.org"
	@echo "make setup     sets up, and nothing else"
	@echo "make docs-check  holds each document against the code, and runs what the guides say"
	@echo "make bench     prints what a pass costs: requests, points, statements, seconds"
	@echo "make storm     kills, faults and locks for MINUTES=10 minutes, then whether all came out right; needs Linux"
	@echo "make screenshots  takes a picture of each page of the admin, into var/screenshots; needs Chromium"
	@echo "make contract  fetches Shopify's official schema and holds our documents against it"
	@echo "make lock      pins every dependency again, with hashes"

setup: $(READY)

demo: $(READY)
	$(BIN)/python manage.py demo $(if $(ONCE),--once)

test: $(READY) lint
	$(BIN)/python -m pytest $(ARGS)

# A trial server, never the live one: the login makes the database test_<name> there, and drops it in the end.
test-mssql: $(READY)
	@if [ -n "$$TEST_PREXTRA_DATABASE_URL" ]; then $(BIN)/python -m pytest $(ARGS); else echo "Skipped, since\
	 TEST_PREXTRA_DATABASE_URL is not set: it is the address of a database on a trial server,\
	 such as mssql://user:password@server:1433/Prextra."; fi

audit: $(READY)
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive integration prextra_models
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint templates
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

docs-check: $(READY)
	$(BIN)/python -m pytest tests/docs $(ARGS)

bench: $(READY)
	$(BIN)/python manage.py bench

storm: $(READY)
	$(BIN)/python manage.py storm $(if $(MINUTES),--minutes $(MINUTES))

screenshots: $(READY)
	$(BIN)/python manage.py screenshots

contract: $(READY)
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py fetch_shopify_schema
	$(BIN)/python -m pytest tests/shopify/test_contract.py tests/demo/test_schema.py

messages: $(READY)
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemessages --locale fr --no-location --no-obsolete --ignore .venv --ignore var
	sed -i '/^"POT-Creation-Date/d' integration/locale/fr/LC_MESSAGES/django.po
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py compilemessages --locale fr --ignore .venv

lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header --upgrade -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header -c requirements.txt -o requirements-dev.txt

# uv installs in seconds what pip needs a minute for; where it cannot be had, pip does the same.
$(READY): requirements-dev.txt requirements-setup.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt || true
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var
