"""Store what a finished run trained as weights that come with the package.

Usage: python tools/ship_weights.py RUN NAME

RUN is the folder that `udt train EXPERIMENT SYSTEM` named at its end. NAME.safetensors and its card NAME.json go
into udtlib/weights; chapters show them with `load_shipped("NAME")`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from udtlib.experiments.shipped import MOST, ship, weights_folder

#: Bytes of all shipped weights together, at most.
TOGETHER = 20_000_000


def main() -> None:
    """Store one run."""
    parser = argparse.ArgumentParser(description="Store a run's weights in the package.")
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a finished run")
    parser.add_argument("name", metavar="NAME", help="letters, digits and hyphens")
    chosen = parser.parse_args()
    card = ship(chosen.run, chosen.name)
    whole = sum(path.stat().st_size for path in weights_folder().glob("*.safetensors"))
    print(f"{card}: {card.with_suffix('.safetensors').stat().st_size:,} of at most {MOST:,} bytes")
    if whole > TOGETHER:
        raise SystemExit(f"all weights together have {whole:,} bytes, more than {TOGETHER:,}; remove some")


if __name__ == "__main__":
    main()
