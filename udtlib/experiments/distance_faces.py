"""Chapter 06 on cartoon faces: attributes and pose, with exact factors to say what a translation keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from udtlib.data.faces.attributes import AttributePair, glasses_pair, hair_pair, pose_pair, sex_pair
from udtlib.data.pair import DomainPair
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, right_answers, untouched
from udtlib.evaluate.translations import translations as made_by
from udtlib.experiments.declare import Experiment, Setting, System, Untrained
from udtlib.experiments.distance import (
    DISCOGAN,
    MEASURED,
    Backbone,
    distance_game,
    four_weights,
    training,
    translates,
)
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME, WIDTH, halvings, judges
from udtlib.experiments.pictures import Translations, translations
from udtlib.experiments.unpaired import Judges, displaced_unet, face_size
from udtlib.instruments.faces.attributes import pose_scores
from udtlib.instruments.faces.identity import SEPARATION, SIMILARITY, DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import exact_traits, factors_kept
from udtlib.nets.displacement import Displacement
from udtlib.nets.init import initialise_normal
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.distancegan import Weights, distancegan, kept_distances, measure_scales
from udtlib.objectives.game import Game
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Tensor

#: Training faces of each side.
COUNT = 2000


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A pair of domains that differ in one attribute."""

    make: Callable[..., AttributePair]
    #: the factors that are to change, and so are not asked to be kept
    changed: tuple[str, ...]
    #: the paper's names of the direction there and of the direction back
    directions: tuple[str, str]

    def pair(self, setting: Setting) -> AttributePair:
        """The two domains."""
        return self.make(count=COUNT, test=MEASURED, size=face_size(setting.profile), studio=True)


ATTRIBUTES: dict[str, Attribute] = {
    "sex": Attribute(
        make=sex_pair, changed=("beard", "jaw", "hair length"), directions=("female → male", "male → female")
    ),
    "hair": Attribute(
        make=hair_pair, changed=("hair colour",), directions=("blond → black", "black → blond")
    ),
    "glasses": Attribute(
        make=glasses_pair, changed=("glasses",), directions=("glasses → without", "without → glasses")
    ),
}
#: CelebA [benaim2017, table 4] in the survey's slides: similarities, then accuracies, of the four systems, by
#: direction; the first system is DiscoGAN.
PAPER: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "male → female": ((0.23, 0.32, 0.35, 0.24), (0.87, 0.88, 0.87, 0.86)),
    "female → male": ((0.22, 0.26, 0.31, 0.24), (0.86, 0.87, 0.89, 0.91)),
    "blond → black": ((0.15, 0.24, 0.24, 0.24), (0.89, 0.92, 0.91, 0.91)),
    "black → blond": ((0.14, 0.22, 0.22, 0.19), (0.91, 0.96, 0.95, 0.94)),
    "glasses → without": ((0.13, 0.42, 0.41, 0.34), (0.84, 0.79, 0.82, 0.80)),
    "without → glasses": ((0.10, 0.30, 0.30, 0.30), (0.90, 0.89, 0.85, 0.81)),
}
#: The hinge game of the emoji with steps twice as long.
PORTRAIT_GAME = replace(
    GAME,
    discriminator_optimiser=AdamConfig(rate=1.6e-3, betas=(0.5, 0.99)),
    generator_optimiser=AdamConfig(rate=8e-4, betas=(0.5, 0.99)),
)
#: A light cycle: at 2 fewer translations pass, at 5 beards stay. Distances at 1 leave more of the glasses.
PORTRAITS = Backbone(game=PORTRAIT_GAME, cycle=1.0, squared=False, distance=0.3, pool=50)
WEIGHTS = four_weights(PORTRAITS, name="CycleGAN")


def both_directions(
    translator: InvertibleTranslator | Reference,
    pair: AttributePair,
    *,
    attribute: str,
    size: int = MEASURED,
) -> Scores:
    """Who it still is and on which side it is, in both directions, and which factors are kept on the way there."""
    known, reader = ATTRIBUTES[attribute], load_face_reader()
    domains, made = DomainFeatures(pair, reader), made_by(translator, pair, size=size)
    there, back = known.directions
    scores = directed(there, domains.scores(made.batch.x, made.there))
    if made.back is not None:
        scores |= directed(back, domains.scores(made.batch.y, made.back, back=True))
    kept = factors_kept(reader, exact_traits(pair, made.batch), made.there)
    return scores | Scores(
        alignment={f"kept: {name}": value for name, value in kept.items() if name not in known.changed}
    )


def directed(direction: str, scores: Scores) -> Scores:
    """The same scores, their names with a direction."""
    return Scores(
        fit={f"{direction}: {name}": value for name, value in scores.fit.items()},
        alignment={f"{direction}: {name}": value for name, value in scores.alignment.items()},
    )


def portrait_nets(profile: Profile) -> TwoWay:
    """One net there and one back; from x itself each learns what to change of it."""
    depth = halvings(face_size(profile))
    forth, back = (
        Direct(initialise_normal(Displacement(ResizeUNet(3, 3, width=WIDTH, depth=depth)))) for _ in "xy"
    )
    return TwoWay(forth, back)


def portrait_game(
    pair: DomainPair,
    setting: Setting,
    *,
    weights: Weights,
    nets: Callable[[Profile], TwoWay] = portrait_nets,
) -> Game:
    """The hinge game against judges of bounded slope, both ways at once."""
    kept = kept_distances(weights, weights)
    return distancegan(
        nets(setting.profile),
        *judges(3),
        scales=measure_scales(pair, kept) if kept else None,
        forth=weights,
        back=weights,
        pool=PORTRAITS.pool,
        game=PORTRAITS.game,
    )


def portrait_training(profile: Profile) -> TrainConfig:
    """The same budget for every system; step sizes fall, or what the nets leave of a beard comes and goes."""
    return TrainConfig(
        steps=profile.pick(quick=4_000, colab=15_000, full=80_000),
        batch_size=4,
        decay_from=0.5,
        average=0.998,
        log_every=100,
    )


def on_attribute(attribute: str, weights: Weights) -> System:
    """One system on one attribute."""
    return System(
        partial(portrait_game, weights=weights),
        training=portrait_training,
        pair=ATTRIBUTES[attribute].pair,
        scores=partial(both_directions, attribute=attribute),
        translation=Translation(
            build=portrait_nets,
            sides=lambda profile: Sides(step=2 ** halvings(face_size(profile)), least=16),
        ),
    )


def face_game(backbone: Backbone, weights: Weights, *, judges: Judges) -> partial:
    """A small change of a picture is made best by a net that starts from none."""
    return partial(
        distance_game,
        backbone=backbone,
        weights=weights,
        generator=displaced_unet,
        channels=(3, 3),
        judges=judges,
    )


def paper_of_faces() -> dict[tuple[str, str], float]:
    """The paper's values by system and measure."""
    return {
        (f"{attribute}: {name}", f"{direction}: {measure}"): PAPER[direction][row][column]
        for attribute, known in ATTRIBUTES.items()
        for direction in known.directions
        for row, measure in enumerate((SIMILARITY, SEPARATION))
        for column, name in enumerate(WEIGHTS)
    }


#: What is conspicuous in the pictures.
SEEN = {
    "hair": " Black bands lie over the eyes of dark faces.",
    "sex": " One-sided distances leave magenta patches.",
}
FACES = Experiment(
    name="distance-faces",
    title="Attributes of faces: who it still is, whether the attribute changed, and which factors were kept",
    source="table 4 of [benaim2017], on cartoon faces and with a hinge game and an absolute cycle in place of "
    "DiscoGAN's",
    systems={
        f"{attribute}: {name}": on_attribute(attribute, weights)
        for attribute in ATTRIBUTES
        for name, weights in WEIGHTS.items()
    },
    references={
        f"{attribute}: the truth": Untrained(
            right_answers, pair=known.pair, scores=partial(both_directions, attribute=attribute)
        )
        for attribute, known in ATTRIBUTES.items()
    },
    paper=paper_of_faces(),
    pictures={
        attribute: Translations(
            rows=("x", "T(x)", "right y"),
            caption=f"Four systems, {known.directions[0]}, first start.{SEEN.get(attribute, '')}",
            task=f"{attribute}: ",
        )
        for attribute, known in ATTRIBUTES.items()
    },
)


def poses(setting: Setting) -> AttributePair:
    """Heads that look to the left, and heads that look to the right."""
    return pose_pair(count=COUNT, test=MEASURED, size=face_size(setting.profile), studio=True)


def mirrored(pair: DomainPair, batch: Batch) -> Tensor:
    """The reference that mirrors the image: it keeps all distances and is not a turn of the head."""
    return batch.x.flip(3)


def pose_scores_of(translator: Translator | Reference, pair: AttributePair) -> Scores:
    """The angle, read off afterwards."""
    return pose_scores(translator, pair, size=MEASURED)


#: car2car [benaim2017], as the survey's slides print it: the error of the recovered angle.
POSE_PAPER = {"DiscoGAN": 0.306, "Distance": 0.135, "Distance + cycle": 0.098, "Self-distance": 0.117}
POSE = Experiment(
    name="distance-pose",
    title="Turning a head: the error of the angle",
    source="the car2car experiment of [benaim2017], on cartoon faces instead of cars",
    pair=poses,
    systems={
        name: System(
            face_game(DISCOGAN, weights, judges=Judges()),
            training=partial(training, quick=5_000, colab=12_000, full=80_000),
            translation=translates(displaced_unet),
        )
        for name, weights in four_weights(DISCOGAN, name="DiscoGAN").items()
    },
    references={"the truth": right_answers, "x itself": untouched, "the mirror image": mirrored},
    scores=pose_scores_of,
    paper={(name, "RMSE of the yaw"): value for name, value in POSE_PAPER.items()},
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Turning a head: four systems, first start; below, the same people looking the other way.",
        )
    },
)
