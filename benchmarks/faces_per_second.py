"""How many cartoon faces one CPU core draws in a second.

Usage: python benchmarks/faces_per_second.py [--rounds N]

Prints the median over the rounds at 32, 64 and 128 pixels, by the clock and by the time this process had the
processor: the two differ on a machine that others use. The targets are 2,000 faces at 32 pixels and 500 at 64.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from udtlib.data.faces.draw import draw_faces, edge_drawing
from udtlib.data.faces.factors import FaceFactors, sample_factors

#: Side of the images, faces per round, and the target where there is one.
CASES = ((32, 1024, 2000), (64, 256, 500), (128, 64, None))


def rates(factors: FaceFactors, *, size: int, rounds: int, edges: bool) -> tuple[float, float]:
    """Faces per second by the clock and by processor time, after a warm-up."""
    work = edge_drawing if edges else draw_faces
    work(factors[:8], size=size)
    clock, processor = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        work(factors, size=size)
        clock.append(len(factors) / (time.perf_counter() - start[0]))
        processor.append(len(factors) / (time.process_time() - start[1]))
    return statistics.median(clock), statistics.median(processor)


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of each measurement")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(f"{'size':>5}{'what':>8}{'faces/s':>10}{'faces/cpu s':>13}{'target':>8}")
    for size, count, target in CASES:
        factors = sample_factors(count, generator=torch.Generator().manual_seed(0))
        for edges in (False, True):
            clock, processor = rates(factors, size=size, rounds=rounds, edges=edges)
            wanted = "" if target is None or edges else str(target)
            print(f"{size:5}{'edges' if edges else 'photos':>8}{clock:10.0f}{processor:13.0f}{wanted:>8}")


if __name__ == "__main__":
    main()
