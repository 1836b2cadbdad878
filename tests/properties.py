"""How many examples a property is tried on: a few, always the same, every day; many new ones in a deep run.

``UDT_HYPOTHESIS=deep pytest -m hypothesis tests/numerics`` tries each property on 10,000 examples, drawn anew each
time, or on as many as ``UDT_HYPOTHESIS_EXAMPLES`` says. What fails there stays in ``.hypothesis`` and is tried
first the next time. The daily run draws the same examples wherever it runs: it fails for a change, and not by
luck.
"""

from __future__ import annotations

import os

import torch
from hypothesis import HealthCheck, register_random, settings

__all__ = ["DEEP", "examples", "load_profile"]

#: Examples of a property in a deep run.
DEEP = int(os.environ.get("UDT_HYPOTHESIS_EXAMPLES", "10000"))
#: Examples of a property in the daily run that asks for no number of its own.
DAILY = 50

LAWS = {
    "deadline": None,
    # A test's folder may serve all examples, of which each writes its own; and a busy machine is no fault.
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
settings.register_profile("daily", max_examples=DAILY, derandomize=True, database=None, **LAWS)
settings.register_profile("deep", max_examples=DEEP, derandomize=False, print_blob=True, **LAWS)


class TorchRandom:
    """PyTorch's global random numbers as Hypothesis knows those of Python: each example begins from one state."""

    def seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def getstate(self) -> torch.Tensor:
        return torch.get_rng_state()

    def setstate(self, state: torch.Tensor) -> None:
        torch.set_rng_state(state)


#: Hypothesis holds it by a weak reference.
TORCH = TorchRandom()
register_random(TORCH)


def load_profile() -> None:
    """The profile that UDT_HYPOTHESIS names, the daily one without it."""
    settings.load_profile(os.environ.get("UDT_HYPOTHESIS", "daily"))


def examples(daily: int, *, deep: int = DEEP) -> settings:
    """So many examples in the daily run and in a deep one, where fewer than usual say that one takes long."""
    return settings(max_examples=min(deep, DEEP) if settings.get_current_profile_name() == "deep" else daily)
