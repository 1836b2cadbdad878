"""Faces with one value of an attribute translated to another: has it changed, and is all else as it was?"""

from __future__ import annotations

from udtlib.data.faces.attributes import AttributePair
from udtlib.evaluate.preservation import distances_kept
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, common_scores, right_answers, translations
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import TRAITS, load_face_reader, traits_read
from udtlib.instruments.faces.traits import exact_traits, factors_kept
from udtlib.translators.base import Translator

__all__ = ["attribute_scores", "glasses_scores", "hair_scores", "identity_scores", "pose_scores"]

#: Test samples that are scored.
SAMPLES = 400
#: Factors that a turned head ought to keep.
KEPT_BY_A_TURN = ("light", "tilt", "skin", "hair colour")


def attribute_scores(
    translator: Translator | Reference, pair: AttributePair, *, changed: tuple[str, ...], size: int = SAMPLES
) -> Scores:
    """Are the changed traits like the answer's, and the others still like the source's?

    Both are mean absolute errors of what the reader reads, whose traits have ranges of about one.
    """
    made, reader = translations(translator, pair, size=size), load_face_reader()
    right, read = traits_read(reader, right_answers(pair, made.batch)), traits_read(reader, made.there)
    columns = [TRAITS.index(name) for name in changed]
    others = [k for k in range(len(TRAITS)) if k not in columns]
    alignment = {
        "error of the changed traits": (read - right)[:, columns].abs().mean().item(),
        "error of all other traits": (read - right)[:, others].abs().mean().item(),
    }
    return Scores(alignment=alignment) | common_scores(made)


def glasses_scores(translator: Translator | Reference, pair: AttributePair, *, size: int = SAMPLES) -> Scores:
    """Are the glasses off, and everything else as it was?"""
    made, reader = translations(translator, pair, size=size), load_face_reader()
    ways = {"T(x) wears glasses": made.there}
    if made.back is not None:
        ways["S(y) wears glasses"] = made.back
    column = TRAITS.index("glasses")
    wears = {
        name: (traits_read(reader, faces)[:, column] > 0.5).float().mean().item()
        for name, faces in ways.items()
    }
    return attribute_scores(translator, pair, changed=("glasses",), size=size) | Scores(alignment=wears)


def hair_scores(translator: Translator | Reference, pair: AttributePair, *, size: int = SAMPLES) -> Scores:
    """Is the hair black, and everything else as it was?"""
    return attribute_scores(translator, pair, changed=("hair_r", "hair_g", "hair_b"), size=size)


def identity_scores(
    translator: Translator | Reference,
    pair: AttributePair,
    *,
    changed: tuple[str, ...],
    size: int = SAMPLES,
    domains: DomainFeatures | None = None,
) -> Scores:
    """Who it still is, on which side it is, and which factors it keeps, of those that are not to change.

    Args:
        translator: or a reference.
        pair: two domains that differ in an attribute.
        changed: factors that are to change, and so are not asked to be kept.
        size: test faces that are scored.
        domains: of this pair, where it is there already.
    """
    reader = load_face_reader()
    domains = domains or DomainFeatures(pair, reader)
    made = translations(translator, pair, size=size)
    kept = factors_kept(reader, exact_traits(pair, made.batch), made.there)
    return domains.scores(made.batch.x, made.there) | Scores(
        alignment={f"kept: {name}": value for name, value in kept.items() if name not in changed}
    )


def pose_scores(
    translator: Translator | Reference,
    pair: AttributePair,
    *,
    size: int = SAMPLES,
    domains: DomainFeatures | None = None,
) -> Scores:
    r"""The error of the angle, who it still is, and what a turn of the head should have left alone.

    .. math:: \sqrt{\mathbb{E}\,\bigl(\mathrm{yaw}(T(x)) + \mathrm{yaw}(x)\bigr)^2}

    in units of the largest turn, with the exact yaw of :math:`x` and the reader's of :math:`T(x)`: the yaw should
    be minus what it was.
    """
    reader = load_face_reader()
    domains = domains or DomainFeatures(pair, reader)
    batch, made, _, _ = translations(translator, pair, size=size)
    exact, yaw = exact_traits(pair, batch), TRAITS.index("yaw")
    read, meant = traits_read(reader, made)[:, yaw], -exact[:, yaw]
    kept = factors_kept(reader, exact, made)
    turned = Scores(
        fit={"share of heads turned to the other side": (read > 0).double().mean().item()},
        alignment={
            "RMSE of the yaw": (read - meant).square().mean().sqrt().item(),
            **{f"kept: {name}": kept[name] for name in KEPT_BY_A_TURN},
        },
    )
    return turned | domains.scores(batch.x, made) | distances_kept(batch.x, made)
