"""`python -m udtlib.cli` is `udt`."""

import sys

from udtlib.cli import main

sys.exit(main())
