# What a checkout can do. It needs make, a POSIX shell and Python 3.12, 3.13 or 3.14; the rest goes into .venv.
# All paths are relative, so that the checkout may lie under a path with spaces.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help forecast serve test lint bench panels reports reference lock clean

CASE ?= turkey-syria
PANELS ?= ../shared/panels
WORKSPACE ?= .
# Two processes: every model is compiled in one of them only, and what is compiled is kept on disk for both. More than
# four hardly help, for then the longest test decides. To see it fail where it fails: make test PYTEST_ARGS='-x'
PYTEST_ARGS ?= -n 2
# To compare with another checkout: make bench BENCH_ARGS='--against ../old'
BENCH_ARGS ?=

# Nothing between the user and the result: no notices, no questions.
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

help: ## print this list
	@echo 'detente, a Bayesian forecaster of rapprochements. To see a forecast: make forecast'
	@echo
	@sed -n 's/^\([a-z][a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

forecast: ## install the pinned dependencies into .venv, forecast turkey-syria (or CASE=name), say where the report is
	@sh -c "$$PREPARE" prepare requirements.txt
	@.venv/bin/detente run '$(CASE)'

serve: ## install the workbench too, open it on the bundled cases (or WORKSPACE=folder), and print its address
	@sh -c "$$PREPARE" prepare requirements-serve.txt
	@.venv/bin/detente serve --workspace '$(WORKSPACE)'

test: lint ## check everything: lint, then all the tests
	@sh tests/browser/install.sh
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

lint: ## check style, types and the import contract (ruff, mypy, import-linter)
	@sh -c "$$PREPARE" prepare requirements-dev.txt
	@sh -c "$$LINT"

bench: ## time what tests/benchmarks/ times
	@sh -c "$$PREPARE" prepare requirements-dev.txt
	@.venv/bin/python tests/benchmarks/run.py $(BENCH_ARGS)

panels: ## prove the model on the tables of PANELS (default: ../shared/panels), writing reports/panels/
	@sh -c "$$PREPARE" prepare requirements.txt
	@.venv/bin/detente panels '$(PANELS)' --verbose

reports: ## make the other committed reports again, but for the sealed one (most of an hour)
	@sh -c "$$PREPARE" prepare requirements.txt
	@.venv/bin/detente run turkey-syria
	@.venv/bin/detente track turkey-syria --bulletins seeds/turkey-syria/bulletins --from 2023-02-08
	@for case in turkey-syria saudi-iran retail-turnaround; do .venv/bin/detente score $$case || exit 1; done
	@.venv/bin/detente score turkey-syria saudi-iran retail-turnaround
	@.venv/bin/detente verify turkey-syria --replicates 500

reference: ## write the reference that detente help prints as a page, reports/reference.html
	@sh -c "$$PREPARE" prepare requirements.txt
	@.venv/bin/detente help --html reports/reference.html

lock: ## pin the dependencies of pyproject.toml again (needs uv), as new as its bounds allow
	@command -v uv >/dev/null || { echo 'make lock needs uv: install it, then run make lock again.' >&2; exit 1; }
	@for pair in 'requirements.txt:--group build' 'requirements-serve.txt:--group build --extra serve' 'requirements-dev.txt:--group dev'; do \
	  UV_CUSTOM_COMPILE_COMMAND='make lock' uv pip compile pyproject.toml $${pair#*:} -o "$${pair%%:*}" \
	    --upgrade --universal --python-version 3.12 --generate-hashes --no-annotate --no-config --quiet || exit 1; \
	done

clean: ## delete .venv, caches and builds; reports stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	@find model tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The shell scripts below are handed to sh through the environment: make would need a backslash on every line.

# Makes .venv what the named requirements and pyproject.toml say; does nothing if it is that already.
define PREPARE
set -eu
requirements=$$1
fail() { printf '%s\n' "$$1" >&2; exit 1; }

# What the finished .venv was made from, and where: an editable install and the scripts' first lines know their folder.
key="$$(cat requirements*.txt pyproject.toml | cksum) $$PWD"
stamp=.venv/.made-from-$$requirements
# There while packages are installed. If it is found, an install was interrupted and anything may be missing.
unfinished=.venv/.unfinished

version() { "$$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null || true; }
supported() { case $$(version "$$1") in 3.12|3.13|3.14) ;; *) return 1 ;; esac; }
usable() { [ ! -e "$$unfinished" ] && supported .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; }

if [ -f "$$stamp" ] && [ "$$(cat "$$stamp")" = "$$key" ] && usable; then exit 0; fi

# A candidate counts if it runs: version managers put names on the PATH that only print an error.
python='' bare='' others=''
consider() {
  if [ -n "$$python" ]; then return; fi
  if ! supported "$$1"; then
    v=$$(version "$$1")
    [ -z "$$v" ] || case ", $$others, " in *", $$v, "*) ;; *) others="$$others$${others:+, }$$v" ;; esac
  elif "$$1" -c 'import ensurepip, venv' 2>/dev/null; then
    # The interpreter behind an active environment, which may be the very .venv that is made anew.
    python=$$("$$1" -c 'import sys; print(sys._base_executable)')
  else
    bare=$${bare:-$$(version "$$1")}
  fi
}

if ! usable; then
  for candidate in "$${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python \
      "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[234]*/bin/python3; do
    consider "$$candidate"
  done
  if [ -z "$$python" ]; then consider "$$(uv python find --system '>=3.12,<3.15' 2>/dev/null || true)"; fi
  if [ -z "$$python" ] && [ -n "$$bare" ]; then
    fail "Python $$bare is here without its venv module: install it (on Debian and Ubuntu the package python$$bare-venv), then run make again."
  elif [ -z "$$python" ]; then
    fail "detente needs Python 3.12, 3.13 or 3.14, and here is $${others:-none}: install one (with the system's package manager, pyenv or uv), then run make again."
  fi
  rm -rf .venv
  mkdir .venv
  : > "$$unfinished"
  "$$python" -m venv .venv
fi

printf 'Installing %s into .venv (a minute or two, once) ...\n' "$$requirements" >&2
rm -f .venv/.made-from-*
: > "$$unfinished"
# Wheels only: nothing is compiled here, and no unpinned build tool is fetched. Errors are printed, notices are not.
.venv/bin/python -m pip install -qq --require-hashes --only-binary :all: -r "$$requirements"
rm -f "$$unfinished"
.venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e .
# As pip does for what it copies; else every start compiles our modules again where Python is told to write no bytecode.
.venv/bin/python -m compileall -q model/detente
printf '%s' "$$key" > "$$stamp"
# Whoever has the tests' packages has all that a forecast needs.
case $$requirements in
  requirements-dev.txt) cp "$$stamp" .venv/.made-from-requirements-serve.txt; cp "$$stamp" .venv/.made-from-requirements.txt ;;
  requirements-serve.txt) cp "$$stamp" .venv/.made-from-requirements.txt ;;
esac
endef
export PREPARE

# Runs all the checks, prints what fails, and nothing of what passes but one line.
define LINT
failed=''
check() {
  name=$$1; shift
  output=$$("$$@" 2>&1) || { failed="$$failed $$name"; printf '%s\n\n' "$$output" >&2; }
}
check 'ruff-check' .venv/bin/python -m ruff check --quiet
check 'ruff-format' .venv/bin/python -m ruff format --check --quiet
check 'mypy' .venv/bin/python -m mypy --no-error-summary
check 'import-contract' .venv/bin/lint-imports --no-logo
[ -z "$$failed" ] || { printf 'Failed:%s\n' "$$failed" >&2; exit 1; }
echo 'Style, types and the import contract hold.'
endef
export LINT
