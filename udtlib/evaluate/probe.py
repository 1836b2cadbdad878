"""What a small classifier can read from codes: how much of the class an encoder kept, and how plainly."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from udtlib.evaluate.samples import centre_and_spread
from udtlib.nets.mlp import mlp
from udtlib.numerics.inputs import check_axes, check_finite, full_precision
from udtlib.numerics.options import whole
from udtlib.types import Shaped, Tensor

__all__ = ["probe_accuracy"]

WIDTHS = (128, 128)
BATCH = 500
RATE = 3e-3


def probe_accuracy(
    train: tuple[Shaped[Tensor, "n d"], Shaped[Tensor, "labels"]],
    test: tuple[Shaped[Tensor, "m e"], Shaped[Tensor, "labels_too"]],
    *,
    seed: int,
    steps: int = 1_000,
) -> float:
    """The share of test codes whose class two hidden layers read rightly, after training on the others.

    The codes are standardised by the training codes' mean and deviation, so that their scale decides nothing;
    entries that do not vary are left as they are.

    Args:
        train: codes and their classes, numbered from 0.
        test: codes that the classifier has not seen, and their classes.
        seed: of the initial weights and the batches.
        steps: of Adam, with a step size that falls to zero.

    Raises:
        ValueError: not one class for each code, no codes, codes of two lengths or that are not finite, or a
            class below 0.
        TypeError: classes that are no whole numbers.
    """
    whole(steps, name="steps")
    whole(seed, name="seed", at_least=None)
    train, test = (codes_of(part, name=name) for name, part in (("train", train), ("test", test)))
    if train[0].shape[1] != test[0].shape[1]:
        raise ValueError(
            f"the train part has codes of {train[0].shape[1]} entries and the test part of {test[0].shape[1]}; "
            "take one encoder"
        )
    mean, deviation = centre_and_spread(train[0])
    x, y = (train[0] - mean) / deviation, train[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = mlp([x.shape[1], *WIDTHS, int(y.max()) + 1])
    net.to(x)
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


def codes_of(part: tuple[Tensor, Tensor], *, name: str) -> tuple[Tensor, Tensor]:
    """Codes in single or double precision, without gradient, and their classes."""
    code, label = full_precision(part[0], name=f"the {name} part's codes").detach(), part[1]
    check_axes(code, name=f"the {name} part's codes", count=2, words="(codes, entries)")
    if len(code) != len(label) or not len(code):
        raise ValueError(f"the {name} part has {len(code)} codes and {len(label)} classes; give one for each")
    check_finite(code, name=f"the {name} part's codes")
    if label.ndim != 1 or label.is_floating_point() or label.is_complex():
        raise TypeError(
            f"the {name} part's classes must be one whole number each, got {label.dtype} of shape "
            f"{tuple(label.shape)}; convert them with .long()"
        )
    if int(label.min()) < 0:
        raise ValueError(
            f"the {name} part's classes are numbered from 0, got {int(label.min())}; number them anew"
        )
    return code, label.long()
