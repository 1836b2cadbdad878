"""How large an experiment is: `quick` on a laptop, `colab` on one small GPU, `full` as in the paper."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch

NAMES = ("quick", "colab", "full")
VARIABLE = "UDT_PROFILE"
#: A GPU with more memory than this (GiB) runs the `full` profile unless told otherwise.
LARGE_GPU_GIB = 30.0

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The sizes that an experiment runs with, and the device that it runs on.

    ``steps = run.pick(quick=600, colab=6_000, full=40_000)`` keeps the three numbers where the reader sees them.
    """

    name: str
    device: torch.device

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(
                f"{VARIABLE} is {self.name!r}; expected one of {', '.join(NAMES)}. "
                f"Set {VARIABLE}=quick for a laptop, or unset it to choose by the hardware."
            )

    def pick(self, *, quick: T, colab: T, full: T) -> T:
        """The value for this profile."""
        return {"quick": quick, "colab": colab, "full": full}[self.name]

    @property
    def accelerator(self) -> str:
        """The device's kind as Lightning Fabric spells it: ``cpu``, ``cuda`` or ``mps``."""
        return self.device.type

    def __str__(self) -> str:
        return f"profile {self.name}, on {self.device.type}"


def chosen(name: str | None) -> Profile:
    """The named profile on this hardware, or without a name the one that the environment chooses."""
    return detect({**os.environ, **({VARIABLE: name} if name else {})})


def detect(environment: Mapping[str, str] | None = None) -> Profile:
    """The profile named by ``UDT_PROFILE`` or, without it, by the hardware.

    Without the variable: ``quick`` on a CPU, ``colab`` on a small GPU, ``full`` on one with more than
    30 GiB of memory. ``quick`` always runs on the CPU, so that the stored outputs can be reproduced anywhere.

    Raises:
        ValueError: the variable names no profile.
    """
    environment = os.environ if environment is None else environment
    name = environment.get(VARIABLE, "").strip()
    if name == "quick" or not torch.cuda.is_available():
        return Profile(name=name or "quick", device=torch.device("cpu"))
    if not name:
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        name = "full" if memory > LARGE_GPU_GIB else "colab"
    return Profile(name=name, device=torch.device("cuda"))
