# Thin over tools/bootstrap.py, which works the same without make.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) tools/bootstrap.py
ARGS ?=
LINE ?=

.PHONY: demo test check bench clean accept

demo:
	@$(BOOTSTRAP) demo $(ARGS)

test:
	@$(BOOTSTRAP) test $(ARGS)

check:
	@$(BOOTSTRAP) check $(ARGS)

bench:
	@$(BOOTSTRAP) bench $(ARGS)

clean:
	@$(BOOTSTRAP) clean $(ARGS)

accept:
	@$(BOOTSTRAP) run python tools/accept.py $(LINE)
