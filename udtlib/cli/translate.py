"""`udt translate`: an image, or a folder of images, through a trained translator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from udtlib.experiments.images import Sides
from udtlib.experiments.shipped import load_shipped, shipped_names
from udtlib.experiments.trained import load_run
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.unet import NoiseDropout
from udtlib.profiles import Profile
from udtlib.train.randomness import random_run
from udtlib.train.trainer import CHECKPOINT
from udtlib.translators.base import ConditionalTranslator, InvertibleTranslator, Translator
from udtlib.translators.stochastic import Sampling, StochasticTranslator


@dataclass(frozen=True, kw_only=True)
class Way:
    r"""One way through a trained translator: :math:`T`, or :math:`S` back.

    Args:
        name: what was trained.
        about: what to say of the weights.
        translator: in evaluation mode and frozen.
        channels: of the images that come in and of those that are made.
        sides: which images the nets take.
        back: the way from the target domain to the source.
        pad: mirror an image at its border up to a size that the nets take, and cut the result again.
        seed: names the noise of a translator that draws some.
        size: pixels to which the shorter side of an image is brought first; None leaves images as they are.

    Raises:
        ValueError: there is no way back, or a translator that draws noise was given no seed.
    """

    name: str
    about: str
    translator: Translator | StochasticTranslator | Autoencoder
    channels: tuple[int, int]
    sides: Sides
    back: bool = False
    pad: bool = False
    seed: int | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.draws_noise and self.seed is None:
            raise ValueError(
                f"{self.name} draws noise, so that one image has many translations; choose one with --seed, "
                "as in --seed 0"
            )
        if self.back and not isinstance(self.translator, InvertibleTranslator):
            raise ValueError(f"{self.name} has no way back; leave --back out, or train a method that has one")
        if self.size is not None and self.size < 1:
            raise ValueError(f"an image needs a side of at least 1 pixel, got --size {self.size}")

    @property
    def draws_noise(self) -> bool:
        """Whether two translations of one image may differ."""
        kinds: tuple[type[nn.Module], ...] = (StochasticTranslator, Sampling, NoiseDropout)
        return any(isinstance(module, kinds) for module in self.translator.modules())

    def __call__(self, x: Tensor) -> Tensor:
        """Images of one size, translated.

        Raises:
            ValueError: the nets do not take this size, or what they make is no image.
        """
        height, width = x.shape[-2:]
        x = self.fitted(x)
        with torch.no_grad(), random_run(self.seed or 0):
            y = self.carried_over(x)
        if y.shape != (len(x), self.channels[1], *x.shape[-2:]) or not y.isfinite().all():
            raise ValueError(
                f"{self.name} made {tuple(y.shape)} of {tuple(x.shape)}, or numbers that are not finite; expected "
                "an image of the same size: train it again"
            )
        top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
        return y[..., top : top + height, left : left + width]

    def carried_over(self, x: Tensor) -> Tensor:
        r""":math:`T(x)`, or :math:`S(x)` on the way back."""
        translator = self.translator
        if isinstance(translator, StochasticTranslator):
            translator = translator.given(translator.draw(x))
        return translator.inverse(x) if self.back else translator(x)

    def fitted(self, x: Tensor) -> Tensor:
        """Images as they are where the nets take their sides, or else mirrored at their border up to such sides.

        Raises:
            ValueError: the nets do not take them, and padding was not asked for or does not help.
        """
        height, width = x.shape[-2:]
        if self.sides.allow(height) and self.sides.allow(width):
            return x
        wanted = tuple(self.sides.next(side) for side in (height, width))
        rule = f"{self.name} takes sides {self.sides}, got {width} × {height} pixels"
        if not all(self.sides.allow(side) for side in wanted):
            raise ValueError(f"{rule}; shrink or crop the image")
        if not self.pad:
            raise ValueError(
                f"{rule}; resize the image, or pass --pad to mirror it at its border up to {wanted[1]} × "
                f"{wanted[0]} and to cut the result again"
            )
        missing = (to - side for side, to in zip((height, width), wanted, strict=True))
        borders = [(number // 2, number - number // 2) for number in missing]
        # NumPy mirrors as often as it takes; PyTorch only once.
        return torch.from_numpy(np.pad(x.numpy(), [(0, 0), (0, 0), *borders], mode="symmetric"))


def translate(
    source: Path,
    target: Path,
    *,
    weights: Path,
    experiment: str | None,
    back: bool,
    pad: bool,
    seed: int | None,
    size: int | None,
    strict: bool,
) -> int:
    """Translate the image ``source`` to the image ``target``, or all images of a folder to another folder.

    Raises:
        ValueError: something about the images, the run or the options does not fit; the message says what.
        DataError: an image, or a folder of images, cannot be used.
        CheckpointError: the weights are missing, damaged, or of other nets.
    """
    from udtlib.cli.translate_files import check_folders, check_target, translate_file, translate_folder

    if source.is_dir():
        check_folders(source, target)
    else:
        check_target(source, target, weights=weights / CHECKPOINT if weights.is_dir() else weights)
    way = way_of(weights, experiment=experiment, back=back, pad=pad, seed=seed, size=size)
    if source.is_dir():
        return translate_folder(way, source, target, strict=strict)
    return translate_file(way, source, target)


def way_of(
    weights: Path, *, experiment: str | None, back: bool, pad: bool, seed: int | None, size: int | None
) -> Way:
    """A way through what a run trained, on own images or of an experiment.

    Raises:
        ValueError: the run is of neither kind, translates no images, or the options do not fit it.
        CheckpointError: its weights are missing, damaged, or of other nets.
    """
    from udtlib.experiments.own_images import SETTINGS, load_own

    folder = weights if weights.is_dir() else weights.parent
    shipped = not weights.exists() and str(weights) in shipped_names()
    if not shipped and not weights.is_dir() and weights.name != CHECKPOINT:
        # Never the checkpoint of a run that happens to lie in the same folder.
        what = "is not the checkpoint of a run" if weights.exists() else "does not exist"
        raise ValueError(
            f"{weights} {what}; give the folder that `udt train` named at its end, or the {CHECKPOINT} in it"
        )
    if shipped:
        name, translator, translation, profile = load_shipped(str(weights))
        about = "weights that come with udtlib"
    elif (folder / SETTINGS).is_file():
        profile = Profile(name="quick", device=torch.device("cpu"))  # its sizes are the run's own settings
        own, translator = load_own(folder, profile)
        name, translation, about = own.method, own.system.translation, f"trained at {own.size} pixels"
        # An image of any shape goes through, as large as images were in training: the border of the net's grid
        # is mirrored and cut again.
        pad, size = True, own.size if size is None else size
    elif (folder / "run.json").is_file():
        name, translator, translation, profile = load_run(folder, experiment=experiment)
        about = f"{profile.name} weights"
    else:
        raise ValueError(
            f"{folder} is no finished run: expected run.json or {SETTINGS} beside checkpoint.pt; give the folder "
            "that `udt train` named at its end"
        )
    of_class = isinstance(translator, ConditionalTranslator) and not isinstance(
        translator, StochasticTranslator
    )
    if translation.from_noise or of_class:
        raise ValueError(
            f"{name} makes images of noise, and no image is translated; chapter 01 shows it with load_shipped"
        )
    return Way(
        name=name,
        about=about,
        translator=translator,
        channels=translation.channels[::-1] if back else translation.channels,
        sides=translation.sides(profile),
        back=back,
        pad=pad,
        seed=seed,
        size=size,
    )
