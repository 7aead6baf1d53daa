# Needs Python >= 3.11, git and make; everything else is brought by the first command that misses it.
# PYTHON=/path/to/python3 chooses the interpreter, PORT=8001 the port of the site, ARGS="-k word" what pytest gets.

RECENT = -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do $$p $(RECENT) && echo $$p && exit; done)

.PHONY: help run test check bench services
.DEFAULT_GOAL := help
export PORT

help:
	@echo "make run       the demo site on http://127.0.0.1:8000 (PORT= changes it)"
	@echo "make test      the whole test suite, headless browser included"
	@echo "make check     what CI runs: lint, types, migrations, documents, tests"
	@echo "make bench     the benchmarks, with their ratios and limits"
	@echo "make services  only PostgreSQL and Valkey, for development by hand"

run test check bench services:
	@$(or $(PYTHON),false) $(RECENT) || { echo "Python 3.11 or later is needed: sudo apt-get install python3, or make $@ PYTHON=/path/to/it"; exit 2; }
	@exec $(PYTHON) -m earlyaccess.local.bootstrap $@ $(ARGS)
