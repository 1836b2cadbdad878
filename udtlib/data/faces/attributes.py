"""Unpaired domains of cartoon faces that differ in one attribute, with the same people on the other side known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import final

import torch

from udtlib.data.faces.draw import draw_faces
from udtlib.data.faces.factors import HAIR_KINDS, FaceFactors, change, sample_factors
from udtlib.data.faces.person import Grain
from udtlib.data.pair import SPLITS, DomainPair, IndependentPair, Samples, stored_rows, stream
from udtlib.types import Batch, Float, Int, Split, Tensor

#: A change of people; the generator is for what the change leaves open.
Change = Callable[[FaceFactors, torch.Generator], FaceFactors]
#: Colours of the studio's wall and of the jumper that everybody wears there.
WALL, JUMPER = (0.90, 0.89, 0.86), (0.45, 0.47, 0.50)


@final
@dataclass(frozen=True, eq=False)
class AttributePair(DomainPair):
    """Faces with one value of an attribute, and *other* faces with another value; both labels are the sex.

    Args:
        domains: the photos of both sides.
        people: the factors of the source's people, by the split's name.
        changed: the factors of the same people with the other value, by the split's name.
    """

    domains: IndependentPair
    people: dict[Split, FaceFactors]
    changed: dict[Split, FaceFactors]

    @property
    def paired(self) -> bool:
        return False

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.domains.batch(index, size=size, seed=seed, split=split)

    def people_of(self, batch: Batch) -> FaceFactors:
        """The factors of the people whose photos a batch's sources are."""
        return chosen_people(self.people, stored_rows(batch))

    def answers(self, batch: Batch) -> Float[Tensor, "size 3 side side"]:
        """The same people with the other value of the attribute, drawn again."""
        people = chosen_people(self.changed, stored_rows(batch))
        return draw_faces(people, size=self.domains.source.shape[-1]).image

    def to(self, device: torch.device | str) -> AttributePair:
        people, changed = (
            {split: part.to(device) for split, part in parts.items()} for parts in (self.people, self.changed)
        )
        return AttributePair(self.domains.to(device), people, changed)


def chosen_people(parts: dict[Split, FaceFactors], rows: Int[Tensor, "batch"]) -> FaceFactors:
    """People by their rows, those of the test split numbered after those of the training split."""
    train, test = (parts[split] for split in SPLITS)
    rows = rows.to(train.sex.device)
    both = {f.name: torch.cat([getattr(train, f.name), getattr(test, f.name)]) for f in fields(FaceFactors)}
    return FaceFactors(**both)[rows]


def glasses_pair(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    studio: bool = False,
) -> AttributePair:
    """People with glasses, and others without; the answer takes the glasses off.

    Args:
        count: training faces of each side.
        test: test faces of each side.
        size: side of the images in pixels, at least 16.
        seed: of the faces.
        correlation: of the sex-typical traits with the recorded sex.
        studio: whether everybody stands before one plain wall, in one plain jumper.

    Raises:
        ValueError: a count below 1, a size below 16, or a correlation outside [0, 1].
    """
    return attribute_pair(
        lambda people, generator: change(people, glasses=True),
        lambda people, generator: change(people, glasses=False),
        count=count,
        test=test,
        size=size,
        seed=seed,
        correlation=correlation,
        studio=studio,
    )


def hair_pair(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    studio: bool = False,
) -> AttributePair:
    """Blond people, and others with black hair; the answer keeps how light the hair is for its kind.

    Arguments and errors are those of :func:`glasses_pair`.
    """
    return attribute_pair(
        lambda people, generator: change(people, hair_kind=HAIR_KINDS.index("blond")),
        lambda people, generator: change(people, hair_kind=HAIR_KINDS.index("black")),
        count=count,
        test=test,
        size=size,
        seed=seed,
        correlation=correlation,
        studio=studio,
    )


def pose_pair(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    studio: bool = False,
) -> AttributePair:
    """People who look to the left of the image, and others who look to its right; the answer turns the head.

    The source's yaw is uniform on [-1, -0.4]; the answer's yaw is its negative. A head that turns is no mirror
    image: the parting, the tilt, the light and the wall stay.

    Arguments and errors are those of :func:`glasses_pair`.
    """
    return attribute_pair(
        lambda people, generator: change(people, yaw=-(0.4 + 0.6 * people.yaw.abs())),
        lambda people, generator: change(people, yaw=0.4 + 0.6 * people.yaw.abs()),
        lambda people, generator: change(people, yaw=-people.yaw),
        count=count,
        test=test,
        size=size,
        seed=seed,
        correlation=correlation,
        studio=studio,
    )


def in_studio(people: FaceFactors) -> FaceFactors:
    """The same people before one plain, light wall and in one plain, grey jumper."""
    texture = people.texture.clone()
    # The first kind of either pattern is: none.
    texture[:, [Grain.WALL_KIND, Grain.CLOTH_KIND]] = 0
    wall, jumper = (torch.tensor(colour).expand_as(people.clothes) for colour in (WALL, JUMPER))
    return replace(
        people, background=wall.to(people.clothes), clothes=jumper.to(people.clothes), texture=texture
    )


def sex_pair(
    *,
    count: int = 4000,
    test: int = 500,
    size: int = 32,
    seed: int = 0,
    correlation: float | int = 0.8,
    studio: bool = False,
) -> AttributePair:
    """People recorded as female, and others recorded as male; the answer draws the sex-typical traits anew.

    Many faces answer, so that the distance to this one has a floor: only what the traits leave alone is certain.

    Arguments and errors are those of :func:`glasses_pair`.
    """
    return attribute_pair(
        lambda people, generator: change(people, sex=0, generator=generator, correlation=correlation),
        lambda people, generator: change(people, sex=1, generator=generator, correlation=correlation),
        count=count,
        test=test,
        size=size,
        seed=seed,
        correlation=correlation,
        studio=studio,
    )


def attribute_pair(
    first: Change,
    second: Change,
    answer: Change | None = None,
    *,
    count: int,
    test: int,
    size: int,
    seed: int,
    correlation: float | int,
    studio: bool,
) -> AttributePair:
    """Draw people and give them the first value; other people and give them the second.

    ``answer`` takes people of the first value to the second; without it, ``second`` does.
    """
    turn = second if answer is None else answer
    sides: tuple[list[Tensor], list[Tensor]] = ([], [])
    sexes: tuple[list[Tensor], list[Tensor]] = ([], [])
    sources, changed = {}, {}
    for split, faces in zip(SPLITS, (count, test), strict=True):
        for side, (name, give) in enumerate((("source faces", first), ("target faces", second))):
            generator = stream(seed, 0, split, name)
            people = sample_factors(faces, generator=generator, correlation=correlation)
            drawn = give(in_studio(people) if studio else people, generator)
            sides[side].append(draw_faces(drawn, size=size).image)
            sexes[side].append(drawn.sex)
            if name == "source faces":
                sources[split] = drawn
                changed[split] = turn(drawn, stream(seed, 0, split, "answers"))
    source, target = (Samples(*images, *labels) for images, labels in zip(sides, sexes, strict=True))
    return AttributePair(IndependentPair(source, target), sources, changed)
