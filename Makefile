# Everything that a checkout can do. `make` alone lists it.
# Needed: Python 3.11 or newer (with pip or venv) and make. The rest is fetched, once.
#
# PYTHON=…  the Python to make .venv with (default: the first on PATH that is new enough)
# JOBS=…    tests at a time (default: three for each core)
# PYTHONS=… the versions for `make test-python`
# SEED=…    repeats a `make soak`; RUNS=… how many runs with a kill it has, UNSAVED=… how many of
#           them without checkpoints beside these, ROUNDS=… how many rounds of faults, VARIED=…
#           how many runs differ from a plain up

PY := .venv/bin/python
find_python = python=$$(PYTHON="$(PYTHON)" tools/bootstrap/find-python)
# Tests on the engine also wait: for deadlines, for pauses, for processes to start.
JOBS ?= $(shell expr 3 \* $$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))

# Tests that share an expensive fixture run one after the other; tests/conftest.py has the order.
in_parallel = -n $(JOBS) --dist loadgroup --no-loadscope-reorder

# The project's Python comes first on PATH, so that it runs the Pulumi programs; then the engine.
with_engine = engine=$$($(PY) -m tools.bootstrap $(or $(1),engine)) && \
  PULUMI_CARRIERX_ENGINE_DIR="$$engine" PATH="$(CURDIR)/.venv/bin:$$engine:$$PATH"

# The steps of a target run in the order given here, with `make -j` as well.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup engine team-db team-db-stop team-db-remove demo test test-fast test-lowest test-python \
  test-oldest-engine test-pages lint reference bench bench-check soak clean clean-cache

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from uv.lock
	@$(find_python) && "$$python" -m tools.bootstrap setup

engine: setup ## find the Pulumi engine, or build it; print its directory
	@$(PY) -m tools.bootstrap engine

team-db: setup ## start a PostgreSQL for shared state; print its PULUMI_BACKEND_URL
	@$(PY) -m tools.team_db start

team-db-stop: setup ## stop it; what it keeps stays
	@$(PY) -m tools.team_db stop

team-db-remove: setup ## stop it, and delete the state that it keeps
	@$(PY) -m tools.team_db remove

demo: setup ## show the main job: the simulator, the real engine, every step
	@$(with_engine) $(PY) -m tools.demo

test: setup lint ## set up, check the style and the types, run every test
	@$(with_engine) $(PY) -m pytest -q $(in_parallel)

test-fast: setup ## run the tests that need no engine
	@$(PY) -m pytest tests/unit tests/property tests/contract tests/lifecycle tests/provider -q \
	  $(in_parallel)

# Without what needs the packages of uv.lock: the policy pack, the wheel, the page of the reference,
# schemathesis.
elsewhere = tests/unit tests/property tests/lifecycle tests/provider tests/contract \
  --ignore tests/unit/test_policy_pack.py --ignore tests/unit/test_built_wheel.py \
  --ignore tests/unit/test_reference.py --ignore tests/contract/test_openapi.py
PYTHONS ?= 3.11 3.12 3.13 3.14

.venvs/lowest: pyproject.toml uv.lock
	@uv=$$($(PY) -m tools.bootstrap uv) && rm -rf $@ && "$$uv" venv --quiet --python $(PY) $@ && \
	  "$$uv" export --quiet --frozen --only-group test --no-hashes --output-file $@/tests.txt && \
	  "$$uv" pip install --quiet --python $@/bin/python --resolution lowest-direct \
	    --editable '.[simulator]' --requirement $@/tests.txt && touch $@

test-lowest: setup .venvs/lowest ## run tests without the engine on the oldest packages that are allowed
	@.venvs/lowest/bin/python -m pytest -q -n $(JOBS) $(elsewhere)

test-python: setup ## run the same tests on every Python that is installed; PYTHONS=… names some
	@uv=$$($(PY) -m tools.bootstrap uv) && for version in $(PYTHONS); do \
	  python=$$(PATH="$$PATH$$(printf ':%s' "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/*/bin)" \
	    "$$uv" python find --no-project "$$version" 2>/dev/null) || \
	    { echo "test-python: no Python $$version is installed"; continue; }; \
	  echo "test-python: Python $$version"; \
	  UV_PROJECT_ENVIRONMENT=.venvs/$$version "$$uv" sync --quiet --frozen --all-extras \
	    --no-default-groups --group test --python "$$python" && \
	  .venvs/$$version/bin/python -m pytest -q -n $(JOBS) $(elsewhere) || exit 1; done

# What an engine decides by itself. The pages of the documentation are those of the newest one, and
# older ones write their log in another form.
on_oldest = $(addprefix tests/engine/test_,promises.py golden_state.py call_counts.py secrets.py \
  wrong_programs.py report.py number_pool.py failed_runs.py without_checkpoints.py) \
  --deselect tests/engine/test_secrets.py::test_the_most_talkative_logs

test-oldest-engine: setup ## build the oldest engine that is supported, once; run tests on it
	@$(call with_engine,oldest-engine) $(PY) -m pytest -q $(in_parallel) $(on_oldest)

test-pages: setup ## look at the HTML report in a headless Chromium
	@$(PY) -m pytest -q tests/browser

lint: setup ## check style, format, types and the direction of imports
	@echo "lint: ruff";          $(PY) -m ruff check --quiet --output-format concise .
	@echo "lint: ruff format";   $(PY) -m ruff format --check --quiet .
	@echo "lint: mypy --strict"; $(PY) -m mypy --no-error-summary
	@echo "lint: import-linter"; told=$$(.venv/bin/lint-imports 2>&1) || { echo "$$told"; exit 1; }

reference: setup ## write docs/reference.md from the code
	@$(PY) -m tools.reference.page

bench: setup ## measure calls, times and memory, beside others; an hour
	@$(with_engine) $(PY) tools/benchmark/benchmark.py --write docs/performance.md

bench-check: setup ## test what measures: the benchmark and the soak, over a few numbers
	@$(with_engine) $(PY) -m pytest -q -n $(JOBS) tools/benchmark tools/soak

soak: setup ## kill and disturb hundreds of runs; takes most of an hour
	@$(PY) -m pytest tests/unit tests/property -q -n $(JOBS) --hypothesis-profile=soak
	@$(with_engine) $(PY) tools/soak/soak.py $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--kills $(RUNS)) \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(UNSAVED),--unsaved $(UNSAVED)) \
	  $(if $(VARIED),--varied $(VARIED)) --write docs/reliability.md

clean: ## remove what was made in the checkout
	@rm -rf .venv .venvs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
	  .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-cache: ## remove what is kept outside it: the engine that was built, uv
	@$(find_python) && "$$python" -m tools.bootstrap clear-cache
