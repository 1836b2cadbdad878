"""The Wasserstein coding: its penalties by hand, zero at the prior, and which way they pull."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from udtlib.losses import adversarial
from udtlib.losses.mmd import squared_mmd_of_kernel
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.mlp import mlp
from udtlib.numerics.kernels import inverse_multiquadric_kernel
from udtlib.objectives.autoencoder import PlainCoding
from udtlib.objectives.base import AdamConfig, Clock, total
from udtlib.objectives.wae import AdversarialPenalty, MMDPenalty, Penalty, WAECoding
from udtlib.types import Tensor

CLOCK = Clock(0, 10)


def draw(count: int, d: int = 3, *, seed: int = 0) -> Tensor:
    return torch.randn(count, d, generator=torch.Generator().manual_seed(seed))


class FirstEntry(nn.Module):
    """D(z) = w z₁."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(2.0))

    def forward(self, z: Tensor) -> Tensor:
        return self.w * z[:, :1]


def test_the_mmd_penalty_by_hand() -> None:
    """Two codes and two samples of the prior, in three dimensions: C = 2 d = 6."""
    z = torch.tensor([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    torch.manual_seed(0)
    prior = torch.randn_like(z)
    torch.manual_seed(0)
    term = MMDPenalty(weight=2.5)(z)

    def k(a: Tensor, b: Tensor) -> float:
        return 6 / (6 + (a - b).square().sum().item())

    # Of n (n - 1) = 2 ordered pairs within a side both are equal.
    value = k(z[0], z[1]) + k(prior[0], prior[1]) - sum(k(a, b) for a in z for b in prior) / 2
    assert set(term) == {"mmd"}
    assert term["mmd"].item() == pytest.approx(2.5 * value, rel=1e-5)


def test_multiples_add_kernels_at_other_scales() -> None:
    z = draw(6)
    torch.manual_seed(0)
    term = MMDPenalty(multiples=(0.5, 2))(z)["mmd"]
    torch.manual_seed(0)
    kernel = partial(inverse_multiquadric_kernel, scales=(3.0, 12.0))
    torch.testing.assert_close(term, squared_mmd_of_kernel(z, torch.randn_like(z), kernel=kernel))


def test_codes_of_the_prior_cost_nothing_on_average_and_other_codes_do() -> None:
    penalty = MMDPenalty()
    torch.manual_seed(0)
    values = {
        name: torch.stack([penalty(change(draw(10, seed=k)))["mmd"] for k in range(400)])
        for name, change in {
            "same": lambda z: z,
            "shifted": lambda z: z + 0.7,
            "shrunk": lambda z: 0.3 * z,
        }.items()
    }
    error = float(values["same"].std()) / math.sqrt(400)
    assert abs(float(values["same"].mean())) < 4 * error
    assert float(values["shifted"].mean()) > 10 * error
    assert float(values["shrunk"].mean()) > 10 * error


def test_the_adversarial_terms_by_hand() -> None:
    penalty = AdversarialPenalty(FirstEntry(), weight=0.5)
    z = torch.tensor([[1.0, 5.0], [-3.0, 5.0]])
    fool = penalty(z)
    # −log σ(ℓ) = log(1 + e^−ℓ) at the logits 2 and −6.
    assert fool.keys() == {"fool"}
    assert fool["fool"].item() == pytest.approx(
        0.5 * (math.log1p(math.exp(-2)) + math.log1p(math.exp(6))) / 2
    )
    torch.manual_seed(0)
    prior = 2 * torch.randn_like(z)[:, :1]
    torch.manual_seed(0)
    judge = penalty.judge_terms(z, CLOCK)
    expected = adversarial.log_discriminator(prior, torch.tensor([[2.0], [-6.0]]))
    assert judge.keys() == {"judge"}
    torch.testing.assert_close(judge["judge"], expected)  # without the penalty's weight


def test_other_losses_and_the_slope_at_the_prior() -> None:
    """D's slope is (w, 0, …) everywhere: R₁ = w²/2."""
    penalty = AdversarialPenalty(
        FirstEntry(),
        judge_loss=adversarial.hinge_discriminator,
        fool_loss=adversarial.wasserstein_generator,
        slope_weight=3.0,
    )
    z = draw(4)
    terms = penalty.judge_terms(z, CLOCK)
    assert terms["slope"].item() == pytest.approx(3 * 2.0**2 / 2)
    torch.testing.assert_close(penalty(z)["fool"], -0.1 * 2 * z[:, 0].mean())


def test_the_encoder_s_loss_does_not_wait_for_the_judge_and_the_judge_s_does_not_train_it() -> None:
    z, penalty = draw(4).requires_grad_(), AdversarialPenalty(mlp([3, 8, 1]))
    total(penalty.judge_terms(z, CLOCK)).backward()
    assert z.grad is None
    total(penalty(z)).backward()
    assert z.grad.abs().sum() > 0


def settled(penalty: Penalty, *, steps: int) -> Tensor:
    """Codes that only the penalty moves, from a cluster far off, after so many steps."""
    torch.manual_seed(0)
    z = nn.Parameter(0.2 * draw(200, 2) + torch.tensor([3.0, 0.0]))
    optimiser = AdamConfig(rate=0.03, betas=(0.5, 0.99)).build([z])
    judge = penalty.judge
    judging = None if judge is None else AdamConfig(rate=0.01, betas=(0.5, 0.99)).build(judge.parameters())
    for _ in range(steps):
        if judging is not None:
            judging.zero_grad()
            total(penalty.judge_terms(z, CLOCK)).backward()
            judging.step()
        optimiser.zero_grad()
        total(penalty(z)).backward()
        optimiser.step()
    return z.detach()


@pytest.mark.parametrize(
    "make",
    [MMDPenalty, lambda: AdversarialPenalty(mlp([2, 32, 32, 1]), slope_weight=0.1)],
    ids=["mmd", "judge"],
)
def test_codes_that_only_the_penalty_moves_settle_at_the_prior(make) -> None:
    torch.manual_seed(0)
    z = settled(make(), steps=500)
    assert z.mean(0).norm().item() < 0.5
    assert all(0.5 < deviation < 1.4 for deviation in z.std(0).tolist())


def test_the_coding_is_a_plain_one_with_a_penalty() -> None:
    torch.manual_seed(0)
    net = dense_autoencoder(Standardise(0.0, 1.0), code=3, shape=(1, 6, 6), widths=(8,))
    x, penalty = torch.randn(7, 1, 6, 6), MMDPenalty()
    coding = WAECoding(net, penalty)
    torch.manual_seed(1)
    z, terms = coding.terms(x, CLOCK)
    torch.manual_seed(1)
    torch.testing.assert_close(terms, PlainCoding(net).terms(x, CLOCK).terms | penalty(z))
    assert torch.equal(z, coding.encode(x))
    assert torch.equal(z, coding.code(x))
    assert coding.judge is None
    D = FirstEntry()
    assert WAECoding(net, AdversarialPenalty(D)).judge is D


@pytest.mark.parametrize("weight", [0, -1.0, float("nan")])
@pytest.mark.parametrize("make", [MMDPenalty, partial(AdversarialPenalty, FirstEntry())])
def test_a_weight_that_is_not_positive_is_refused(make, weight: float) -> None:
    with pytest.raises(
        ValueError, match=f"got weight={weight}; (without one, use a PlainCoding|find its cause)"
    ):
        make(weight=weight)


@pytest.mark.parametrize("multiples", [(), (0.0,), (1.0, -2.0), (float("inf"),)])
def test_scales_that_are_none_are_refused(multiples: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive finite multiples"):
        MMDPenalty(multiples=multiples)


def test_a_negative_slope_weight_and_a_single_code_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative, got -1"):
        AdversarialPenalty(FirstEntry(), slope_weight=-1.0)
    with pytest.raises(ValueError, match="two samples on each side, got 1 and 1"):
        MMDPenalty()(draw(1))
