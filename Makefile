# Everything here sets itself up: an environment in .venv, with the extension built and installed.
#
#   make demo              what slots save and what cslots saves, on a million objects
#   make test              linters, the core's C tests, the Python tests
#   make help              the rest
#
#   PYTHON=python3.13      another Python; its environment is .venv-3.13
#   ARGS="..."             arguments for what is run:  make pytest ARGS="-k pickle",
#                          make demo ARGS="-n 100000 --json"

PYTHON ?= python3
ARGS ?=

TAG := $(shell $(PYTHON) -c 'import sys; \
	print("%d.%d" % sys.version_info[:2] + getattr(sys, "abiflags", ""))' 2>/dev/null)

ifdef SANITIZE
VENV := .venv-$(TAG)-asan
else ifeq ($(PYTHON),python3)
VENV := .venv
else
VENV := .venv-$(TAG)
endif
BUILD := build/$(patsubst .venv%,py%,$(VENV))
# -P: the installed package is meant, not the folder of that name here.
RUN := $(VENV)/bin/python -P

SOURCES := pyproject.toml README.md meson.build meson.options tools/package_files.py \
	$(sort $(shell find core binding cslots -name __pycache__ -prune -o -type f -print 2>/dev/null))

.PHONY: FORCE help demo bench install test lint format ctest pytest interop peers audit-bench
.PHONY: asan attack leaks fuzz test-all-pythons wheel clean distclean
.DELETE_ON_ERROR:

help:
	@echo 'make demo               what slots save and what cslots saves, on a million objects'
	@echo 'make test               lint, ctest, pytest'
	@echo 'make lint format        ruff, mypy, pyright, clang-format, clang-tidy; format repairs'
	@echo 'make ctest pytest       the tests of the C core; the Python tests (ARGS="-k name")'
	@echo 'make interop            libraries and programs of others with our dataclass and our pools'
	@echo '                        (ENGINES=1: Ray and Spark, too)'
	@echo 'make peers              the tests of slots of attrs, and those of Structs of msgspec,'
	@echo '                        with ours behind their names (fetches their sdists)'
	@echo 'make audit-bench        cslots audit of real packages: what is predicted, what is saved'
	@echo 'make bench              speed and memory against __slots__ and every installed peer'
	@echo 'make asan               ctest and pytest under ASan and UBSan'
	@echo '                        (ASAN_SHORT=1: without the slow ones and the leak loops)'
	@echo 'make attack             hostile code in the middle of every operation'
	@echo '                        (SANITIZE=1: under ASan; ARGS="--short", "--cell NAME")'
	@echo 'make leaks              do objects, references or memory pile up?'
	@echo '                        (PYTHON=python3-dbg counts references)'
	@echo 'make fuzz               the fuzzers, FUZZ_SECONDS=300 each'
	@echo 'make test-all-pythons   the Python tests on every Python here (PYTHONS="..." CHROOTS="...")'
	@echo 'make wheel clean        a wheel in dist/; remove what was built'
	@echo '                        (make distclean: and the environments)'
	@echo 'Another Python: PYTHON=python3.13'

# ---- the environment: one stamp file for each thing that is in it ----

# Named with the version, so that a python3 that has become another one gets a new environment.
MADE := $(VENV)/.made-$(TAG)
INSTALLED := $(VENV)/.installed
STRICT := $(VENV)/.installed-strict

$(MADE):
	@tools/check-setup.sh $(PYTHON)
	rm -rf $(VENV) $(BUILD)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python tools/install_extras.py build
	@touch $@

# Changes when a source file has come or gone.
$(VENV)/.sources: FORCE | $(MADE)
	@echo '$(SOURCES)' | cmp -s - $@ || echo '$(SOURCES)' >$@

# meson and ninja are the environment's own.
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

PIP := $(IN_VENV) $(VENV)/bin/python -m pip
PIP_QUIETLY := --quiet --disable-pip-version-check --no-deps --no-build-isolation
PIP_INSTALL = $(PIP) install $(PIP_QUIETLY) --force-reinstall \
	--config-settings=build-dir=$(BUILD)

# Rebuilds compile only what changed: the build directory stays. Linked into cslots/ too, for a
# Python started right here. A failed strict build leaves no stamp, and a plain one does not undo
# strictness: both share the directory.
define install_package
	@echo "Building and installing into $(VENV)"
	@mkdir -p build
	@touch $(VENV)/.begun
	@$(PIP_INSTALL) $(1) . || \
		{ echo 'cslots: the build failed; the messages above say why' >&2; exit 1; }
	$(if $(SANITIZE),,@for so in $(BUILD)/binding/_core*.so $(BUILD)/binding/census/_census*.so; do \
		ln -sf "../$$so" cslots/; done)
	@touch -r $(VENV)/.begun $@
endef

$(INSTALLED): $(MADE) $(VENV)/.sources $(SOURCES)
	$(call install_package,$(if $(SANITIZE),--config-settings=setup-args=-Dsanitize=true))

# Warnings are errors.
$(STRICT): $(MADE) $(VENV)/.sources $(SOURCES)
	$(call install_package,--config-settings=setup-args=-Dwerror=true)
	@touch -r $@ $(INSTALLED)

$(VENV)/.has-test: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py test
	@touch $@

$(VENV)/.has-lint: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py --optional lint
	@touch $@

$(VENV)/.has-peers: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py --optional cli plot peers
	@touch $@

$(VENV)/.has-interop: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py interop
	@$(VENV)/bin/python tools/install_extras.py --optional arrow
	@touch $@

$(VENV)/.has-engines: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py --optional ray spark
	@touch $@

$(VENV)/.has-audit: $(MADE) pyproject.toml tools/install_extras.py
	@$(VENV)/bin/python tools/install_extras.py audit
	@touch $@

install: $(INSTALLED)

# ---- what people run ----

demo: $(INSTALLED) $(VENV)/.has-peers
	$(RUN) -m cslots demo $(ARGS)

bench: $(INSTALLED) $(VENV)/.has-peers
	$(RUN) -m cslots bench $(ARGS)

audit-bench: $(INSTALLED) $(VENV)/.has-audit
	$(RUN) bench/audit/measure.py $(ARGS)

# ---- checks ----

test: lint ctest pytest

lint: $(STRICT) $(VENV)/.has-lint $(VENV)/.has-test $(VENV)/.has-peers
	@tools/lint.sh $(VENV) $(BUILD)

format: $(VENV)/.has-lint
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	find core binding tests/core fuzz bench -name '*.[ch]' | xargs $(VENV)/bin/clang-format -i

ctest:
	tests/core/run.sh
	tests/core/run.sh none

pytest: $(STRICT) $(VENV)/.has-test $(VENV)/.has-peers
	$(RUN) -m pytest $(ARGS)

# Libraries that know dataclasses, and packages whose dataclasses become ours.
interop: $(INSTALLED) $(VENV)/.has-interop $(if $(ENGINES),$(VENV)/.has-engines)
	$(RUN) -m pytest --import-mode=prepend tests/interop $(ARGS)

peers: $(INSTALLED) $(VENV)/.has-test $(VENV)/.has-peers
	$(RUN) tests/conformance/peers.py $(ARGS)

ifdef SANITIZE
# --capture=sys: what a sanitizer writes as the process ends must come through. The commands only
# measure, which means nothing here. Neither does the audit, which predicts what Python's own
# allocator takes.
asan: $(INSTALLED) $(VENV)/.has-test
	tests/core/run.sh asan
	tools/asan.sh $(RUN) -m pytest --capture=sys \
		--ignore=tests/python/commands --ignore=tests/python/audit \
		$(if $(ASAN_SHORT),-m 'not slow' --ignore=tests/python/runtime/test_leaks.py) $(ARGS)
else
asan:
	+@$(MAKE) --no-print-directory asan SANITIZE=1
endif

# What Python code can do in the middle of an operation: docs/design/lifetime.md.
attack: $(INSTALLED)
	$(if $(SANITIZE),tools/asan.sh) $(RUN) tests/attack/run.py $(ARGS)

leaks: $(INSTALLED)
	$(RUN) tools/leaks.py $(ARGS)

FUZZ_SECONDS ?= 300
fuzz:
	fuzz/run.sh $(FUZZ_SECONDS) $(ARGS)

test-all-pythons:
	@tools/test-all-pythons.sh

wheel: $(MADE)
	$(PIP) wheel $(PIP_QUIETLY) --wheel-dir dist .

clean:
	rm -rf build dist cslots/_core*.so cslots/_census*.so
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f .venv*/.installed*

distclean: clean
	rm -rf .venv*
