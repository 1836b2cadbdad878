"""A pair of domains as an encoder sees it: codes in place of images, coded once."""

from __future__ import annotations

from collections.abc import Callable

from udtlib.data.pair import IndependentPair, Samples
from udtlib.types import Tensor

__all__ = ["encoded_pair", "encoded_samples"]


def encoded_samples(domain: Samples, encode: Callable[[Tensor], Tensor]) -> Samples:
    """The codes of a domain's samples, with the samples' labels.

    Args:
        domain: stored samples.
        encode: from a batch of samples to one code each, such as ``space.encode``; called once for each split.

    Raises:
        ValueError: as many codes as samples were expected.
    """
    parts = {"train": domain.train} if domain.test is None else {"train": domain.train, "test": domain.test}
    codes = {name: encode(value) for name, value in parts.items()}
    for name, value in parts.items():
        if len(codes[name]) != len(value):
            raise ValueError(
                f"{len(value)} {name} samples were coded as {len(codes[name])}; give one code each"
            )
    return Samples(codes["train"], codes.get("test"), domain.train_label, domain.test_label)


def encoded_pair(pair: IndependentPair, encode: Callable[[Tensor], Tensor]) -> IndependentPair:
    """Both domains' codes; the true map stays behind, since it maps images and not codes.

    Raises:
        TypeError: a domain that is not a set of stored samples.
    """
    for domain in (pair.source, pair.target):
        if not isinstance(domain, Samples):
            raise TypeError(
                f"only stored samples can be coded once and for all, got {type(domain).__name__}; draw some first"
            )
    return IndependentPair(encoded_samples(pair.source, encode), encoded_samples(pair.target, encode))
