r"""CUT: one game, and patches that stay recognisable; no way back [park2020].

.. math::

    \min_{T, h} \max_{D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y)
        + \lambda \sum_l \mathcal{L}_\mathrm{NCE}\bigl(h_l(E_l(T(x))), h_l(E_l(x))\bigr)
        + \lambda \sum_l \mathcal{L}_\mathrm{NCE}\bigl(h_l(E_l(T(y))), h_l(E_l(y))\bigr)

(equations 5 and 6). A patch of :math:`T(x)` must be more like the patch of :math:`x` at its place than like any
other patch of :math:`x`, in features that the first half of :math:`T` and the heads :math:`h` learn with it. What
the patches are made of may change; where what is, may not. The second sum plays the identity term's part.
"""

from __future__ import annotations

from torch import nn

from udtlib.nets.features import FeatureNet, PatchHeads
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.biases import PatchNCE
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

__all__ = ["cut"]


@checked_options()
def cut(
    translator: Direct | TwoWay,
    discriminator_x: nn.Module | None,
    discriminator_y: nn.Module,
    *,
    patch_weight: float | int = 1.0,
    identity_share: float | int = 1.0,
    places: int = 256,
    temperature: float | int = 0.07,
    width: int = 64,
    pool: int = 0,
    game: GANConfig = LEAST_SQUARES,
) -> Game:
    r"""A game whose translator keeps patches recognisable; one-sided, or two one-sided games side by side.

    The defaults are the paper's but for the heads' width, 256 there. Its faster sibling has ``patch_weight=10,
    identity_share=0``.

    Args:
        translator: :math:`T`, of a net that describes patches such as a ``ResizeUNet``; a ``TwoWay`` of two such
            nets where there is a way back, which is trained by the same terms and never composed with :math:`T`.
        discriminator_x: :math:`D_X`, a net from samples to logits; None without a way back.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        patch_weight: weight :math:`\lambda` of both sums, of which each is a mean over the net's maps.
        identity_share: weight of the sum over the target's own samples as a share of :math:`\lambda`.
        places: how many patches of an image are told apart.
        temperature: how far the partner must lead.
        width: entries of the patches' descriptions.
        pool: translations that each discriminator remembers.
        game: the two losses of the game and how the players step.

    Raises:
        TypeError: a translator whose net does not describe patches.
        ValueError: a weight, a temperature, a width or a number of places that is out of range, or a way back
            without its discriminator.
    """
    ways: dict[str, Translator] = {"x": translator}
    if isinstance(translator, TwoWay):
        if discriminator_x is None:
            raise ValueError(
                "nobody would judge the way back of a TwoWay; give discriminator_x, or its forth alone"
            )
        ways = {"x": translator.forth, "y": translator.back}
    biases = []
    for starts, way in ways.items():
        net = describing_net(way)
        biases.append(
            PatchNCE(
                weight=patch_weight,
                starts=starts,
                net=net,
                heads=PatchHeads(net.channels, width=width),
                identity_share=identity_share,
                places=places,
                temperature=temperature,
            )
        )
    return Game(translator, discriminator_x, discriminator_y, biases=biases, pool=pool, game=game)


def describing_net(translator: Translator) -> FeatureNet:
    """The translator's net, whose first half describes patches.

    Raises:
        TypeError: it has none.
    """
    net = translator.net if isinstance(translator, Direct) else translator
    if not isinstance(net, FeatureNet):
        raise TypeError(
            f"patches are described by the translator's own net, and {type(net).__name__} has no features; give "
            "Direct(ResizeUNet(…)), or a net of your own that is a FeatureNet"
        )
    return net
