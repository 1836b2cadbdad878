"""What a small classifier can read from codes: how much of the class an encoder kept, and how plainly."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from udtlib.nets.mlp import mlp
from udtlib.types import Float, Int, Tensor

__all__ = ["probe_accuracy"]

WIDTHS = (128, 128)
BATCH = 500
RATE = 3e-3


def probe_accuracy(
    train: tuple[Float[Tensor, "n d"], Int[Tensor, "labels"]],
    test: tuple[Float[Tensor, "m d"], Int[Tensor, "labels_too"]],
    *,
    seed: int,
    steps: int = 1_000,
) -> float:
    """The share of test codes whose class two hidden layers read rightly, after training on the others.

    The codes are standardised by the training codes' mean and deviation, so that their scale decides nothing.

    Args:
        train: codes and their classes, numbered from 0.
        test: codes that the classifier has not seen, and their classes.
        seed: of the initial weights and the batches.
        steps: of Adam, with a step size that falls to zero.

    Raises:
        ValueError: not one class for each code, or no codes.
    """
    for name, (code, label) in (("train", train), ("test", test)):
        if len(code) != len(label) or not len(code):
            raise ValueError(
                f"the {name} part has {len(code)} codes and {len(label)} classes; give one for each"
            )
    mean, deviation = train[0].mean(dim=0), train[0].std(dim=0).clamp(min=1e-12)
    x, y = (train[0] - mean) / deviation, train[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = mlp([x.shape[1], *WIDTHS, int(y.max()) + 1])
    net.to(x.device)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, fused=True)
    for step in range(steps):
        rows = torch.randint(len(x), (BATCH,), generator=generator).to(x.device)
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / steps)
        optimiser.zero_grad()
        cross_entropy(net(x[rows]), y[rows]).backward()
        optimiser.step()
    with torch.no_grad():
        answer = net((test[0] - mean) / deviation).argmax(dim=1)
    return (answer == test[1]).double().mean().item()
