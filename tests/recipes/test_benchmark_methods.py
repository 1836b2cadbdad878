"""The benchmark's methods: one budget for all, and ways back that are what they claim to be."""

import pytest
import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.profiles import Profile
from udtlib.recipes import benchmark_methods as methods
from udtlib.recipes import digit_swap as chapter_08
from udtlib.recipes.benchmark_methods import METHODS, TOLD, Lesson, PricedCoupling
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.train.trainer import TrainConfig
from udtlib.transport.procrustes import ProcrustesSearch
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Tensor

QUICK = Profile(name="quick", device=torch.device("cpu"))
DIMENSION = 4


class PlainSpace:
    """Codes that are their own images: four numbers as four pixels."""

    def turned(self, basis: Tensor) -> "TurnedSpace":
        return TurnedSpace(basis)

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return z.view(-1, 1, 2, 2)


class TurnedSpace(PlainSpace):
    """The same along other axes."""

    def __init__(self, basis: Tensor) -> None:
        self.basis = basis

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.basis


def cloud(seed: int, *, shift: float) -> Tensor:
    z = torch.randn(300, DIMENSION, generator=torch.Generator().manual_seed(seed))
    return z * torch.tensor([2.0, 1.0, 0.5, 0.3]) + shift


@pytest.fixture
def pair() -> CodedPair:
    domains = [Samples(cloud(2 * k, shift=k), cloud(2 * k + 1, shift=k)) for k in range(2)]
    images = [Samples(*(part.view(-1, 1, 2, 2) for part in (d.train, d.test))) for d in domains]
    return CodedPair(IndependentPair(*images), PlainSpace(), IndependentPair(*domains))


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(chapter_08.STEPS, "quick", 3)
    search = ProcrustesSearch(starts=4, finalists=1, sample=20, final_sample=20)
    plain = methods.wasserstein_procrustes
    monkeypatch.setattr(
        methods, "wasserstein_procrustes", lambda x, y, *, seed: plain(x, y, seed=seed, search=search)
    )


def turned_cost() -> SemanticCost:
    basis = torch.linalg.qr(torch.randn(DIMENSION, DIMENSION, generator=torch.Generator().manual_seed(5)))[0]
    return SemanticCost(basis=basis, weight=torch.tensor([1.0, 0.5, 0.2, 0.1]))


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_translates_both_ways_and_follows_from_its_seed(name: str, pair: CodedPair) -> None:
    z = pair.codes.source.test
    taught = [METHODS[name](Lesson(pair), QUICK, seed=seed) for seed in (0, 0, 1)]
    with torch.no_grad():
        first, again, other = (ways.forth(z) for ways in taught)
        home = taught[0].back(first)
    assert first.shape == home.shape == z.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(
    ("name", "error"), [("DONT", 1e-3), ("AlignFlow", 1e-5), ("Hamiltonian, leapfrog", 1e-5)]
)
def test_what_is_invertible_by_construction_comes_back(name: str, error: float, pair: CodedPair) -> None:
    z = pair.codes.source.test
    costs = (None, turned_cost()) if name in TOLD else (None,)
    for cost in costs:
        ways = METHODS[name](Lesson(pair, cost=cost), QUICK, seed=0)
        with torch.no_grad():
            assert (ways.forth(z) - z).norm() > 10 * error * z.norm()
            assert (ways.back(ways.forth(z)) - z).norm() < error * z.norm()


def test_the_budget_is_the_same_for_all(monkeypatch: pytest.MonkeyPatch, pair: CodedPair) -> None:
    seen: list[TrainConfig] = []
    catch = lambda objective, codes, *, config: seen.append(config)  # noqa: E731
    for module in (methods, chapter_08):
        monkeypatch.setattr(module, "fit", catch)
    search = ProcrustesSearch(starts=1, finalists=1, sample=10, final_sample=10)
    plain = methods.wasserstein_procrustes
    monkeypatch.setattr(
        methods, "wasserstein_procrustes", lambda x, y, *, seed: plain(x, y, seed=seed, search=search)
    )
    for method in METHODS.values():
        method(Lesson(pair), QUICK, seed=4)
    for name in TOLD:
        METHODS[name](Lesson(pair, cost=turned_cost()), QUICK, seed=4)
    assert len(seen) == len(METHODS) + len(TOLD)
    assert all(config == seen[0] for config in seen)
    assert (seen[0].steps, seen[0].batch_size, seen[0].seed) == (600, 256, 4)


def test_a_priced_coupling_pairs_what_its_cost_calls_near() -> None:
    x = torch.tensor([[0.0, 0.0], [10.0, 1.0]])
    y = torch.tensor([[10.0, 0.0], [0.0, 1.0]])
    dear = lambda *weight: SemanticCost(basis=torch.eye(2), weight=torch.tensor(weight))  # noqa: E731
    assert torch.equal(PricedCoupling(dear(1.0, 1e-3))(x, y), y.flip(0))
    assert torch.equal(PricedCoupling(dear(1e-3, 1.0))(x, y), y)
