# Two commands: make run, make test. PYTHON names the Python that makes .venv (3.11 or newer).
PYTHON ?= python3
IN_BACKEND = @cd backend && exec ../.venv/bin/python
COMPILE = .venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	pyproject.toml --extra local

.PHONY: run test test-browser test-clients term check bench rush format lock bootstrap

run: bootstrap ## start everything on this machine; Ctrl-C stops it
	$(IN_BACKEND) -m config.local.run

test-browser: bootstrap ## the pages in Debian's Chromium, which must be there
	@cd backend && TESC_BROWSER=required exec ../.venv/bin/python manage.py test instauth.tests.test_browser

test-clients: bootstrap ## the OAuth provider by clients of others, two of them for Node (20 or newer, which must be there)
	@npm ci --silent --ignore-scripts --prefix backend/instauth/tests/node
	@cd backend && TESC_CLIENTS=required exec ../.venv/bin/python manage.py test instauth.tests.test_oauth_clients

test: bootstrap ## every test, in a throw-away database
	$(IN_BACKEND) manage.py test

term: bootstrap ## a whole term by the API alone, of 5,000 students; TERM_STUDENTS says another number, make test takes a few
	@cd backend && TERM_STUDENTS=$(or $(TERM_STUDENTS),5000) exec ../.venv/bin/python manage.py test academic.tests.test_whole_term

check: bootstrap ## what a change must pass besides the tests
	$(IN_BACKEND) -m config.local.check

bench: bootstrap ## how fast it is beside others; bench/README.md says more. BENCH="load --oulad oulad.zip" runs another
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@PYTHONPATH=backend .venv/bin/python -m bench.$(or $(BENCH),list)

rush: bootstrap ## a rush to register while workers are killed, and a recount; minutes, and it ends by itself. RUSH="--attempts 2000" is a smaller one
	@PYTHONPATH=backend .venv/bin/python -m bench.rush $(RUSH)

format: bootstrap ## put the code into the common form
	@.venv/bin/python -m ruff check --fix-only --quiet . ; .venv/bin/python -m ruff format .

lock: bootstrap ## pin what pyproject.toml asks for, and keep what is pinned where it still fits
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --group dev --output-file requirements-dev.txt
	@$(COMPILE) --group dev --group bench --output-file requirements-bench.txt

bootstrap:
	@$(PYTHON) backend/config/local/bootstrap.py
