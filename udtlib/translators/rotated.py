r"""Perfect translators that are almost all wrong: make it Gaussian, rotate, map back.

The construction behind [debezenac2019, proposition 1]: whatever the rotation, the push-forward is the target.
"""

from __future__ import annotations

from typing import final

from udtlib.numerics.gaussian import check_orthogonal
from udtlib.numerics.inputs import floating
from udtlib.numerics.mixture import GaussianMixture
from udtlib.numerics.rearrangement import gaussianise, gaussianise_inverse
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Tensor

__all__ = ["Gaussianisation", "RotatedRearrangement"]


@final
class Gaussianisation(InvertibleTranslator):
    r"""The Knothe-Rosenblatt map :math:`G` from a Gaussian mixture to :math:`N(0, I)`.

    Args:
        mixture: the source distribution.
    """

    def __init__(self, mixture: GaussianMixture) -> None:
        super().__init__()
        # Copies: loading a checkpoint writes into the buffers, and must not change the caller's mixture.
        self.register_buffer("weight", mixture.weight.clone())
        self.register_buffer("mean", mixture.mean.clone())
        self.register_buffer("cholesky", mixture.cholesky.clone())

    @property
    def mixture(self) -> GaussianMixture:
        """The source distribution, from the stored numbers."""
        return GaussianMixture(self.weight, self.mean, self.cholesky)

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        x = floating(x, name="x")
        return gaussianise(x, self.mixture).to(x.dtype)

    def inverse(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        y = floating(y, name="y")
        return gaussianise_inverse(y, self.mixture).to(y.dtype)

    @property
    def exact(self) -> bool:
        return True


@final
class RotatedRearrangement(InvertibleTranslator):
    r"""The translator :math:`T_R = G_\beta^{-1} \circ R \circ G_\alpha`, which fits for all orthogonal R.

    :math:`G_\alpha` and :math:`G_\beta` send the source and the target to :math:`N(0, I)`, which :math:`R`
    leaves as it is; so :math:`T_{R\#}\alpha = \beta` exactly [debezenac2019, appendix C.1].

    Args:
        source: the distribution :math:`\alpha`.
        target: the distribution :math:`\beta`, in the same dimension.
        orthogonal: :math:`R`, such as ``rotation(angle)`` or ``reflection(angle)``.

    Raises:
        ValueError: the dimensions differ, or :math:`R` is not orthogonal.
    """

    def __init__(
        self, source: GaussianMixture, target: GaussianMixture, orthogonal: Float[Tensor, "dim dim"]
    ) -> None:
        super().__init__()
        dimensions = source.dimension, target.dimension, len(orthogonal)
        if len(set(dimensions)) > 1:
            raise ValueError(f"source, target and rotation have dimensions {dimensions}; make them equal")
        check_orthogonal(orthogonal.double())
        self.source, self.target = Gaussianisation(source), Gaussianisation(target)
        self.register_buffer("orthogonal", orthogonal.detach().double().clone())

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        # In double precision to the end: between distant modes G stretches the rounding of single precision.
        x = floating(x, name="x")
        z = self.source(x.double())
        return self.target.inverse(z @ self.orthogonal.double().T).to(x.dtype)

    def inverse(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        y = floating(y, name="y")
        z = self.target(y.double())
        return self.source.inverse(z @ self.orthogonal.double()).to(y.dtype)

    @property
    def exact(self) -> bool:
        return True
