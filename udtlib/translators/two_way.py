r"""Two translators that learn to be each other's inverse."""

from __future__ import annotations

from typing import final

from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Points


@final
class TwoWay(InvertibleTranslator):
    r"""A translator :math:`T: X \to Y` with a learned way back :math:`S: Y \to X`.

    Nothing but training makes :math:`S` the inverse of :math:`T`; ``exact`` is therefore False.

    Args:
        forth: the translator :math:`T`.
        back: the translator :math:`S`.
    """

    @checked_options()
    def __init__(self, forth: Translator, back: Translator) -> None:
        super().__init__()
        if forth is back:
            raise ValueError(
                f"forth and back are one module, {type(forth).__name__}, which would learn to be its own inverse; "
                "make two, or copy.deepcopy it"
            )
        self.forth, self.back = forth, back

    def forward(self, x: Points) -> Points:
        return self.forth(x)

    def inverse(self, y: Points) -> Points:
        return self.back(y)

    @property
    def exact(self) -> bool:
        return False
