# Two commands matter: `make check` reads the code, `make test` runs it.
PYTHON ?= python

.PHONY: check test coverage mutants vllm format bench soak docs

check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	lint-imports
	$(PYTHON) -m apps.shell.manual --check
	$(PYTHON) -m apps.shell.security --check

test:
	$(PYTHON) -m pytest -n 2

coverage: # the same, counting what was run in every process outside the jails: takes twice the time
	$(PYTHON) -m pytest -n 2 --cov --cov-report=
	$(PYTHON) -m coverage report

mutants: # what `make test` leaves out for its length and CI runs as well
	$(PYTHON) -m pytest -n 2 -m slow tests/mutants tests/tools tests/e2e

vllm: export VLLM_CPU_KVCACHE_SPACE ?= 2
vllm: export HF_HUB_OFFLINE = 1
vllm: # real vLLM on the CPU, with the model of scripts/smollm2.py or $$AOSH_MODEL
	timeout 720 $(PYTHON) -m pytest -m "vllm and not slow" -q --durations=8 tests/vllm

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench:
	$(PYTHON) -m benchmarks

soak: # random agents, jobs and kills for an hour: what leaks, is lost or done twice
	$(PYTHON) -m benchmarks soak --minutes 60

docs:
	$(PYTHON) -m apps.shell.manual
	$(PYTHON) -m apps.shell.security
