# Everything a developer does here, one word each: `make` lists them. Only git, make and Python ≥ 3.11 are needed.
PY := .venv/bin/python
DEV := .ci/install requirements-dev.lock
MANAGE := DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py
COMPILE := $(PY) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links
EXTRAS := --extra s3 --extra sentry

.PHONY: help demo demo-reset journey test a11y screenshots chaos bench bench-web bench-reading load lint format lock migrations checks-page shell backup restore
.DEFAULT_GOAL := help

help: ## List these words
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r word what; do \
		printf '  make %-12s %s\n' "$$word" "$$what"; done

demo: ## Play the whole story in a browser (PORT=8000 SIMULATOR_PORT=8020); Ctrl-C ends it, its data stay
	@.ci/install requirements.lock
	@exec $(PY) -m agrilocal18.demo

demo-reset: ## Forget the demonstration's data
	@.ci/install requirements.lock
	@$(PY) -m agrilocal18.demo --reset

journey: ## Play the same story without a person, on free ports (PDF=invoice.pdf to use one's own)
	@.ci/install requirements.lock
	@exec $(PY) -m agrilocal18.demo.journey $(if $(PDF),"$(PDF)")

test: ## Run the tests, on DATABASE_URL and REDIS_URL if given, else on SQLite and files (ARGS="-n 0 -k doubt")
	@$(DEV)
	@$(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

a11y: ## Look at every page as every role, at 320 and 1280 px, light and dark, with axe and the Tab key
	@$(DEV)
	@A11Y=all $(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal tests/browser/test_every_page.py $(ARGS)

screenshots: ## Write pictures of the main pages, on a phone and at a desk, into docs/screenshots
	@$(DEV)
	@$(PY) -m pytest -n 0 -q tests/browser/pictures.py

chaos: ## Deposit N=200 invoices in a bad week at PISTE, each exactly once; show that a careless worker is caught
	@$(DEV)
	$(PY) -m tests.chaos --invoices $(or $(N),200)
	$(PY) -m tests.chaos --invoices 60 --freezes 0 --lagging
	$(PY) -m tests.chaos --invoices 40 --freezes 0 --kills 0 --mutant; test $$? -eq 6
	@echo "The worker that sends again without looking was caught depositing and answering twice, as it must be."

bench: ## Measure deposits, news and memory beside the plainest way of doing the same (ARGS="--latency 0")
	@$(DEV)
	@$(PY) -m tests.bench $(ARGS)

bench-web: ## Fill PostgreSQL with 450,000 invoices and measure every page: time and queries (ARGS="--invoices 4500")
	@$(DEV)
	@$(PY) -m tests.bench_web $(ARGS)

bench-reading: ## Read invented French invoices of many programs: what is right, what is wrong, time (ARGS="--seeds 20")
	@$(DEV)
	@$(PY) -m tests.bench_reading $(ARGS)

load: ## Let 20 suppliers deposit at once while 200 people read, on gunicorn, PostgreSQL and Redis (ARGS="--seconds 30")
	@$(DEV)
	@$(PY) -m tests.load $(ARGS)

lint: ## Check style, types, templates, direction of imports, migrations, forbidden words
	@$(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m djlint templates --lint --quiet
	$(PY) .venv/bin/lint-imports --no-logo
	$(MANAGE) makemigrations --check --dry-run
	.ci/check-words

format: ## Lay out the Python code
	@$(DEV)
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

lock: ## Write the lock files anew from pyproject.toml (UPGRADE=--upgrade takes the newest versions)
	@$(DEV)
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) $(EXTRAS) --constraint requirements.lock --output-file requirements-extras.lock
	$(COMPILE) $(UPGRADE) $(EXTRAS) --extra dev --constraint requirements-extras.lock \
		--output-file requirements-dev.lock

migrations: ## Write the migrations that the models lack
	@$(DEV)
	$(MANAGE) makemigrations

checks-page: ## Write the tables of docs/checks.md from the code
	@$(PY) -m invoicing.checks

shell: ## A Django shell on the demonstration's data
	@.ci/install requirements.lock
	@exec $(PY) -m agrilocal18.demo --shell

backup: ## Save database and files into a new folder, while the portal runs (TO=/backups/2026-11-21)
	@.ci/install requirements.lock
	@$(PY) manage.py backup "$(or $(TO),$(error Give the folder: make backup TO=/backups/2026-11-21))"

restore: ## Verify a backup and put it into an empty database and folder (FROM=/backups/2026-11-21 ARGS=--force)
	@.ci/install requirements.lock
	@$(PY) manage.py restore "$(or $(FROM),$(error Give the folder: make restore FROM=/backups/2026-11-21))" $(ARGS)
