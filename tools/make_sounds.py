"""Make the sounds of the page "Beyond images" from finished runs of `udt reproduce timbre-unpaired`.

Usage: python tools/make_sounds.py [RUNS]

RUNS is the folder that `--runs` named. Spectrograms hold no phase: librosa's Griffin-Lim finds one that fits, for
sources, translations and right answers alike, so that what one hears between them is not the method's doing. Needs
`pip install librosa soundfile`, which nothing else of the project does, and the phrases (UDT_DATA_DIR).
"""

from __future__ import annotations

import sys
from pathlib import Path

import librosa
import numpy as np
import soundfile
from torch import Tensor

from udtlib.data.timbre import BANDS, DECIBELS, TimbrePair
from udtlib.evaluate.translations import translate
from udtlib.experiments.declare import slug
from udtlib.experiments.trained import load_run

ROOT = Path(__file__).resolve().parent.parent
SOUNDS = ROOT / "book" / "_static" / "sounds"
#: As the spectrograms were made: samples a second, of a window, and between two windows.
RATE, WINDOW, HOP = 16_000, 1024, 500
LOWEST, HIGHEST = 100, 7_800
#: Every twentieth test phrase: a rule, not a choice.
PHRASES = (0, 20, 40)
#: The systems and starts that are heard, by their part of a file's name.
HEARD = {
    "game": ("game alone", 0),
    "cycle-0": ("CycleGAN", 0),
    "cycle-1": ("CycleGAN", 1),
    "cycle-2": ("CycleGAN", 2),
    "identity": ("CycleGAN + identity", 0),
    "cut": ("CUT", 0),
}
#: Steps towards a spectrum, and rounds of Griffin and Lim's algorithm.
STEPS, ROUNDS = 300, 100


def sound(spectrogram: Tensor) -> np.ndarray:
    """Samples in [-1, 1] whose spectrogram is near this one, (1, 64, 64), low bands at its bottom."""
    low, high = DECIBELS
    level = low + (high - low) * (spectrogram[0].clamp(-1, 1).numpy()[::-1] + 1) / 2
    filters = librosa.filters.mel(
        sr=RATE, n_fft=WINDOW, n_mels=BANDS, fmin=LOWEST, fmax=HIGHEST, htk=True, norm=None
    )
    # Where the level is the lowest that is stored, there is silence.
    power = np.where(level > low + 1, 10 ** (level / 10), 0).astype(np.float32)
    # A spectrum that the bands could have been summed from: multiplicative least squares [Lee and Seung, 2001].
    spectrum = filters.T @ power + 1e-12
    for _ in range(STEPS):
        spectrum *= (filters.T @ power) / (filters.T @ (filters @ spectrum) + 1e-12)
    samples = librosa.griffinlim(
        np.sqrt(spectrum),
        n_iter=ROUNDS,
        hop_length=HOP,
        n_fft=WINDOW,
        window=np.hanning(WINDOW),
        random_state=0,
    )
    return samples / max(1e-6, np.abs(samples).max()) * 0.8


def main() -> None:
    """Write all sounds."""
    runs = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "runs") / "timbre-unpaired" / "quick"
    pair = TimbrePair()
    batch = pair.whole("test")
    heard = {"x": batch.x, "y": batch.y}
    for name, (system, seed) in HEARD.items():
        heard[name] = translate(load_run(runs / slug(system) / f"seed-{seed}").translator, batch.x)
    SOUNDS.mkdir(parents=True, exist_ok=True)
    for name, spectrograms in heard.items():
        for phrase in PHRASES:
            path = SOUNDS / f"{phrase:02}-{name}.mp3"
            soundfile.write(path, sound(spectrograms[phrase]), RATE, format="MP3", compression_level=0.6)
    sizes = [path.stat().st_size for path in SOUNDS.glob("*.mp3")]
    print(f"{len(sizes)} sounds, {sum(sizes):,} bytes in {SOUNDS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
