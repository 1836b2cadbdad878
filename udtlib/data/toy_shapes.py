"""Toy domains in the plane that are shapes rather than mixtures: moons, an S, a checkerboard and spirals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.data.pair import Domain, Draw
from udtlib.types import Float, Int, Split, Tensor

__all__ = ["Checkerboard", "Moons", "SCurve", "Spirals"]


@final
@dataclass(frozen=True, kw_only=True)
class Moons(Domain):
    """Two interleaved half circles, of radius 1 and centred on the origin by default; the label names the moon.

    Args:
        deviation: of the Gaussian noise around the half circles, in units of their radius.
        radius: of the half circles.
        centre: the mean of the domain.
        device: where the samples are.
    """

    deviation: float = 0.06
    radius: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    device: torch.device | str = "cpu"

    def __post_init__(self) -> None:
        check_deviation(self.deviation)
        check_radius(self.radius)

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        label = torch.randint(2, (count,), generator=generator)
        angle = math.pi * torch.rand(count, generator=generator)
        # The lower moon is the upper one turned by half a turn; together they have mean zero in the plane.
        side = 1.0 - 2.0 * label
        arc = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], dim=1) * side[:, None]
        value = blur(arc, deviation=self.deviation, generator=generator)
        value = self.radius * value + torch.tensor(self.centre)
        return Draw(value.to(self.device), label.to(self.device))

    def to(self, device: torch.device | str) -> Moons:
        return replace(self, device=device)


@final
@dataclass(frozen=True, kw_only=True)
class SCurve(Domain):
    r"""The letter S, made of two three-quarter circles that touch in the origin; the label names the circle.

    .. math:: s(u) = \bigl(\sin u,\ \operatorname{sign}(u)(\cos u - 1)\bigr), \qquad
              u \sim U\bigl[-\tfrac32\pi, \tfrac32\pi\bigr]

    Args:
        deviation: of the Gaussian noise around the curve, in units of the circles' radius.
        radius: of the circles.
        device: where the samples are.
    """

    deviation: float = 0.05
    radius: float = 1.0
    device: torch.device | str = "cpu"

    def __post_init__(self) -> None:
        check_deviation(self.deviation)
        check_radius(self.radius)

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        u = 3 * math.pi * (torch.rand(count, generator=generator) - 0.5)
        curve = torch.stack([u.sin(), u.sign() * (u.cos() - 1)], dim=1)
        value = self.radius * blur(curve, deviation=self.deviation, generator=generator)
        return Draw(value.to(self.device), (u > 0).long().to(self.device))

    def to(self, device: torch.device | str) -> SCurve:
        return replace(self, device=device)


@final
@dataclass(frozen=True, kw_only=True)
class Checkerboard(Domain):
    """The uniform distribution on the black squares of a board around the origin; labels number the squares.

    Args:
        squares: squares along a side of the board.
        width: the side of the board.
        device: where the samples are.
    """

    squares: int = 4
    width: float = 4.0
    device: torch.device | str = "cpu"

    def __post_init__(self) -> None:
        if self.squares < 1 or not self.width > 0:
            raise ValueError(
                f"a checkerboard needs at least one square and a width > 0, got {self.squares} and "
                f"{self.width}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def cells(self) -> Int[Tensor, "square 2"]:
        """Column and row of every black square; the square at the lower left is black."""
        k = torch.arange(self.squares)
        grid = torch.cartesian_prod(k, k)
        return grid[grid.sum(dim=1) % 2 == 0]

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        cells = self.cells
        label = torch.randint(len(cells), (count,), generator=generator)
        place = cells[label] + torch.rand(count, 2, generator=generator)
        value = self.width * (place / self.squares - 0.5)
        return Draw(value.to(self.device), label.to(self.device))

    def log_density(self, x: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch"]:
        """The logarithm of the density: constant on black squares, minus infinity elsewhere."""
        place = torch.floor((x / self.width + 0.5) * self.squares)
        inside = ((place >= 0) & (place < self.squares)).all(dim=1) & (place.sum(dim=1) % 2 == 0)
        level = -math.log(len(self.cells) * (self.width / self.squares) ** 2)
        return torch.where(inside, level, -torch.inf).to(x)

    def to(self, device: torch.device | str) -> Checkerboard:
        return replace(self, device=device)


@final
@dataclass(frozen=True, kw_only=True)
class Spirals(Domain):
    r"""Arms :math:`r(t)\,(\cos\phi(t), \sin\phi(t))` that turn around the origin; the label names the arm.

    .. math:: r(t) = 2 t, \qquad \phi(t) = 2\pi\,\text{turns}\; t + 2\pi\,\text{arm} / \text{arms},
              \qquad t = \sqrt{u},\ u \sim U[0.03, 1]

    The square root spreads the samples about evenly along the arm.

    Args:
        arms: how many arms.
        turns: turns of each arm from the centre to its end.
        deviation: of the Gaussian noise around the arms; they end at radius 2.
        device: where the samples are.
    """

    arms: int = 2
    turns: float = 1.5
    deviation: float = 0.05
    device: torch.device | str = "cpu"

    def __post_init__(self) -> None:
        check_deviation(self.deviation)
        if self.arms < 1:
            raise ValueError(f"a spiral needs at least one arm, got {self.arms}")

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        label = torch.randint(self.arms, (count,), generator=generator)
        t = torch.sqrt(0.03 + 0.97 * torch.rand(count, generator=generator))
        angle = 2 * math.pi * (self.turns * t + label / self.arms)
        arm = 2 * t[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        value = blur(arm, deviation=self.deviation, generator=generator)
        return Draw(value.to(self.device), label.to(self.device))

    def to(self, device: torch.device | str) -> Spirals:
        return replace(self, device=device)


def blur(
    points: Float[Tensor, "batch 2"], *, deviation: float, generator: torch.Generator
) -> Float[Tensor, "batch 2"]:
    """The points with Gaussian noise around them."""
    return points + deviation * torch.randn(points.shape, generator=generator)


def check_deviation(deviation: float) -> None:
    """Refuse a negative deviation."""
    if not deviation >= 0:
        raise ValueError(f"a deviation is at least 0, got {deviation}")


def check_radius(radius: float) -> None:
    """Refuse a radius that is not positive."""
    if not radius > 0:
        raise ValueError(f"a radius must be positive, got {radius}")
