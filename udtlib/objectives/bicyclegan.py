r"""BicycleGAN: one input, many outputs, with a code that says which [zhu2017multimodal].

Two cycles share a generator :math:`G(x, z)` and an encoder :math:`E(y)`, a Gaussian over codes:

* **cVAE-GAN**, :math:`y \to z \to \hat y`: encode the answer, translate with its code, compare with the answer

  .. math:: \mathcal{L}_\mathrm{GAN}(G(x, z),\, z \sim E(y)) + \tfrac{\lambda_1}{d} \|y - G(x, z)\|_1
            + \lambda_\mathrm{KL}\, \mathrm{KL}(E(y) \,\|\, N(0, I))

  (section 3.2);
* **cLR-GAN**, :math:`z \to \hat y \to \hat z`: translate with a code of the prior, read the code back

  .. math:: \mathcal{L}_\mathrm{GAN}(G(x, z),\, z \sim N(0, I)) + \tfrac{\lambda_z}{d_z} \|z - \mu_E(G(x, z))\|_1

  (section 3.3). :math:`\mu_E` is the mean that :math:`E` reads, :math:`d` and :math:`d_z` count the entries of
  an image and of a code: both norms are means.

The hybrid plays both (section 3.4), each with its own discriminator; either half alone is one of the paper's
baselines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn
from torch.func import functional_call

from udtlib.losses.reconstruction import kl_to_standard, l1, reparameterise
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import Clock, Objective, Player
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.stochastic import StochasticTranslator
from udtlib.types import Batch, Terms


@dataclass(frozen=True, kw_only=True)
class BicycleGANConfig:
    """The weights of the two cycles; the defaults are the paper's."""

    #: weight λ₁ of the mean absolute difference between the answer and its translation by its own code
    l1_weight: float = 10.0
    #: weight λ_KL of the divergence of the answer's code from the prior, in nats
    kl_weight: float = 0.01
    #: weight λ_z of the mean absolute difference between a code and what is read back
    latent_weight: float = 0.5
    #: whether the latent term moves the encoder too, which lets it agree with the generator on a hiding place
    latent_moves_encoder: bool = False
    #: the two losses of the game and how the players step
    game: GANConfig = LEAST_SQUARES

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("l1_weight", "kl_weight", "latent_weight"):
            if getattr(self, name) < 0:
                raise ValueError(f"a weight must not be negative, got {name}={getattr(self, name)}")


@final
class BicycleGAN(Objective):
    r"""Generator and encoder against up to two discriminators, on corresponding images.

    Args:
        generator: the translator :math:`G(x, z)`.
        encoder: a net from :math:`y` to :math:`(\mu, \log \sigma^2)`.
        encoded_judge: discriminator of translations by encoded codes; None leaves the cVAE-GAN half out.
        prior_judge: discriminator of translations by codes of the prior; None leaves the cLR-GAN half out.
        config: weights, losses and step sizes.

    Raises:
        ValueError: both halves are left out.
    """

    @checked_options()
    def __init__(
        self,
        generator: StochasticTranslator,
        encoder: nn.Module,
        *,
        encoded_judge: nn.Module | None = None,
        prior_judge: nn.Module | None = None,
        config: BicycleGANConfig | None = None,
    ) -> None:
        super().__init__()
        if encoded_judge is None and prior_judge is None:
            raise ValueError("without a judge there is no game; give encoded_judge, prior_judge or both")
        # One module for both, since they are one player: they minimise their losses together.
        self.makers = nn.ModuleDict({"generator": generator, "encoder": encoder})
        self.encoded_judge, self.prior_judge = encoded_judge, prior_judge
        self.config = config or BicycleGANConfig()

    @property
    def generator(self) -> StochasticTranslator:
        """The translator :math:`G`."""
        return self.makers["generator"]

    @property
    def encoder(self) -> nn.Module:
        """The encoder :math:`E`."""
        return self.makers["encoder"]

    def players(self) -> dict[str, Player]:
        game = self.config.game
        judges = {
            "encoded_judge": (self.encoded_judge, self.encoded_judge_loss),
            "prior_judge": (self.prior_judge, self.prior_judge_loss),
        }
        players = {
            name: Player(
                module=module,
                loss=loss,
                moves=game.discriminator_moves,
                optimiser=game.discriminator_optimiser,
            )
            for name, (module, loss) in judges.items()
            if module is not None
        }
        maker = Player(module=self.makers, loss=self.generator_loss, optimiser=game.generator_optimiser)
        return {**players, "generator": maker}

    def encoded_judge_loss(self, batch: Batch, clock: Clock) -> Terms:
        """The discriminator's loss on translations by the answers' own codes (section 3.2)."""
        z = reparameterise(*self.encoder(batch.y))
        return self.judge_terms(self.encoded_judge, batch, self.generator(batch.x, z), clock)

    def prior_judge_loss(self, batch: Batch, clock: Clock) -> Terms:
        """The discriminator's loss on translations by codes of the prior (section 3.3)."""
        z = self.generator.draw(batch.x)
        return self.judge_terms(self.prior_judge, batch, self.generator(batch.x, z), clock)

    def judge_terms(self, judge: nn.Module, batch: Batch, fake: Tensor, clock: Clock) -> Terms:
        """One discriminator's loss on real and on made pairs."""
        x, y, game = batch.x, batch.y, self.config.game
        # detach: the discriminator's loss must train neither the generator nor the encoder
        loss = game.discriminator_loss(judge(y, x), judge(fake.detach(), x))
        return {"judge": loss, **game.slope_terms(lambda y: judge(y, x), y, clock=clock)}

    def generator_loss(self, batch: Batch, clock: Clock) -> Terms:
        """What generator and encoder minimise together: the terms of the halves that are played (section 3.4)."""
        encoded = {} if self.encoded_judge is None else self.encoded_terms(batch)
        prior = {} if self.prior_judge is None else self.prior_terms(batch)
        return encoded | prior

    def encoded_terms(self, batch: Batch) -> Terms:
        r"""cVAE-GAN: :math:`y \to z \to \hat y` (section 3.2)."""
        x, y, config = batch.x, batch.y, self.config
        mean, log_variance = self.encoder(y)
        fake = self.generator(x, reparameterise(mean, log_variance))
        return {
            "fool_encoded": config.game.generator_loss(self.encoded_judge(fake, x)),
            "l1": config.l1_weight * l1(fake, y),
            "kl": config.kl_weight * kl_to_standard(mean, log_variance),
        }

    def prior_terms(self, batch: Batch) -> Terms:
        r"""cLR-GAN: :math:`z \to \hat y \to \hat z` (section 3.3)."""
        x, config = batch.x, self.config
        z = self.generator.draw(x)
        fake = self.generator(x, z)
        return {
            "fool_prior": config.game.generator_loss(self.prior_judge(fake, x)),
            "latent": config.latent_weight * l1(self.read_back(fake), z),
        }

    def read_back(self, fake: Tensor) -> Tensor:
        """The mean code that the encoder reads from a translation.

        In the hybrid the encoder learns from real answers only: here its parameters are constants. Trained by this
        term too, it and the generator would agree on hiding the code in the image. Alone, cLR-GAN has no other
        teacher for its encoder.
        """
        if self.encoded_judge is None or self.config.latent_moves_encoder:
            return self.encoder(fake)[0]
        constants = {name: value.detach() for name, value in self.encoder.named_parameters()}
        return functional_call(self.encoder, constants, (fake,))[0]
