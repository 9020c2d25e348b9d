# Aliases of bootstrap.py, which explains itself: python3 bootstrap.py --help
PYTHON ?= python3
.PHONY: run test faults
run: ; @$(PYTHON) bootstrap.py run $(ARGS)
test: ; @$(PYTHON) bootstrap.py test $(ARGS)
faults: ; @$(PYTHON) bootstrap.py faults $(ARGS)
