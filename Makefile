# Thin on purpose: each target makes the environment it needs and calls one documented command.
#
#   make book               build the site into book/_build/html
#   make pdf                print the built site into one PDF, by headless Chromium
#   make test               run every check and print one summary
#   make check              the quick part of it, for every day: lint, imports, the tests that are not slow
#   make lab                open the chapters in JupyterLab
#   make notebooks          write them for any viewer, without the book's own markup, into build/notebooks
#   make run CHAPTER=01     execute a chapter again, in place
#   make assignments        make the student versions and grade the reference answers; to collect and grade what a
#                           class hands in: tools/assignments.py collect FOLDER, tools/assignments.py grade NAME
#   make check-assignments  the same, and count the small changes of the answers that the tests do not notice
#   make clean              remove everything that the targets above made
#
# PYTHON   the interpreter that makes the environment (3.11, 3.12 or 3.13)
# VENV     the environment's folder
# PIP_ARGS further options for pip, such as an index with the CPU build of PyTorch

PYTHON ?= python3
PIP_ARGS ?=
VENV ?= .venv

BIN := $(VENV)/bin

.PHONY: book pdf test check lab notebooks run assignments check-assignments clean

book: $(VENV)/.book
	$(BIN)/python tools/build_book.py

pdf: $(VENV)/.dev book
	$(BIN)/python tools/make_pdf.py

test: $(VENV)/.dev
	$(BIN)/python tools/test.py

check: $(VENV)/.dev
	$(BIN)/python tools/test.py --daily

lab: $(VENV)/.book
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(VENV)/.book
	$(BIN)/python tools/make_notebooks.py

run: $(VENV)/.book
	$(BIN)/python tools/run_chapter.py $(CHAPTER)

assignments: $(VENV)/.dev
	$(BIN)/python tools/assignments.py

check-assignments: assignments
	$(BIN)/python tools/assignments.py mutants

clean:
	rm -rf $(VENV) build book/_build book/_generated .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# The stamps make an installation happen once, and again only when what is asked for has changed.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else \
	  "Python 3.11, 3.12 or 3.13 is needed, " + sys.executable + " is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
	@# A half-made environment must not stay: the next make would take it for a whole one.
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.book: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python tools/install.py book $(PIP_ARGS)
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python tools/install.py dev $(PIP_ARGS)
	touch $(VENV)/.book $@
