"""Chapter 01: GANs on a ring of bells, and digits on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.data.digits import noise_to_digits
from udtlib.data.pair import IndependentPair, Noise
from udtlib.data.toy2d import ring
from udtlib.evaluate.coverage import density_coverage, mode_coverage, precision_recall
from udtlib.evaluate.distances import frechet_distance
from udtlib.nets.classifier import load_digit_classifier
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.wgan import WGAN, Clipping, GradientPenalty, Lipschitz, WGANConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction
from udtlib.recipes.results import Row
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.direct import ConditionalDirect, Direct
