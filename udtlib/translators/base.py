r"""What a translator is: a map :math:`T: X \to Y`, and the capabilities that some translators have.

Capabilities are abstract classes, so that ``isinstance`` answers what a translator can do; nobody looks for
attributes. A class is either abstract or final.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from udtlib.numerics.inputs import real_tensor
from udtlib.numerics.mismatch import type_mismatch
from udtlib.types import Float, Points


class Translator(nn.Module, ABC):
    r"""A map from one domain to another, applied to every sample of a batch by itself."""

    #: what to say to those who have none
    made_by = "Direct(net) makes a translator of a net"

    @abstractmethod
    def forward(self, x: Points) -> Points:
        r"""The translation :math:`T(x)`, one sample of the target for each sample of the source."""

    def __call__(self, x: Points) -> Points:
        r"""The translation, as PyTorch calls modules.

        Raises:
            TypeError: no tensor or array of real numbers.
            ValueError: samples of another type than the weights, which PyTorch does not multiply.
        """
        x = real_tensor(x, name="x")
        try:
            return super().__call__(x)
        except RuntimeError as error:
            if (clear := type_mismatch(error, self, x=x)) is None:
                raise
            raise clear from error


class InvertibleTranslator(Translator):
    r"""A translator with an inverse map :math:`T^{-1}: Y \to X`."""

    made_by = "translations back need a way back: TwoWay(T, S) makes one of two translators"

    @abstractmethod
    def inverse(self, y: Points) -> Points:
        r"""The preimage :math:`T^{-1}(y)`."""

    @property
    @abstractmethod
    def exact(self) -> bool:
        r"""Whether ``inverse`` undoes ``forward`` up to rounding, rather than approximately."""


class FlowTranslator(InvertibleTranslator):
    r"""A translator that moves samples along paths: :math:`x_0 = x`, :math:`x_1 = T(x)`."""

    made_by = "give one such as VelocityFlow(net) or residual_flow(dimension)"

    @abstractmethod
    def trajectory(self, x: Points, *, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        r"""The positions :math:`x_t` at the given times; :math:`t = 0` is ``x`` and :math:`t = 1` is ``T(x)``."""


class ConditionalTranslator(nn.Module, ABC):
    r"""A family of translators :math:`T(\cdot \mid c)`, one for each condition :math:`c`.

    ``given(c)`` fixes the condition; what remains is a :class:`Translator` like any other.
    """

    @abstractmethod
    def forward(self, x: Points, c: Tensor) -> Points:
        r"""The translation :math:`T(x \mid c)`; ``c`` has one entry per sample."""

    def given(self, c: Tensor) -> Translator:
        r"""The translator :math:`T(\cdot \mid c)` with the condition fixed.

        Args:
            c: one condition for all samples (a scalar, or a first axis of length 1), or one per sample.
        """
        return Given(self, c)


class Given(Translator):
    r"""A conditional translator whose condition is fixed."""

    def __init__(self, family: ConditionalTranslator, c: Tensor) -> None:
        super().__init__()
        self.family = family
        self.register_buffer("c", torch.as_tensor(c), persistent=False)

    def forward(self, x: Points) -> Points:
        shared = self.c[None] if self.c.ndim == 0 else self.c
        c = shared.expand(len(x), *shared.shape[1:]) if len(shared) == 1 else shared
        if len(c) != len(x):
            raise ValueError(
                f"the condition was fixed for {len(c)} samples but {len(x)} came; give one condition for all"
            )
        return self.family(x, c)
