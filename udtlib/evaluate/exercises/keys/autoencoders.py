"""Chapter 09a: autoencoders."""

import math

import torch

from udtlib.evaluate.exercises.kinds import Function, Value

__all__ = ["KEYS"]

MEAN, FACTOR = torch.tensor([1.0, -2.0]), torch.tensor([[1.0, 0.3], [0.5, 2.0]])
NOISE = torch.tensor([0.5, -1.0])


def with_slope(draw):
    """The sample, and the derivatives of its sum with respect to the mean and the factor, one after another."""

    def both(mu, L, noise):
        mu, L = (a.clone().requires_grad_() for a in (mu, L))
        z = draw(mu, L, noise)
        if not isinstance(z, torch.Tensor) or not z.requires_grad:
            return z
        slopes = torch.autograd.grad(z.sum(), (mu, L), allow_unused=True, materialize_grads=True)
        return torch.cat([z.detach().flatten(), *(slope.flatten() for slope in slopes)])

    return both


KEYS = {
    "ex-ae-weight": Value(
        "the variance that was assumed",
        expected=15.36,
        tolerance=0.05,
        misconceptions=[
            (1536.0, "that is D/2, for a KL term of weight 1; here its weight is 0.01"),
            (153600.0, "the weight of the KL term is 2 s² / D: a small weight is a small variance"),
            (30.72, "there is a 2 in 2 s² / D: the Gaussian's exponent is the squared error over 2 s²"),
            (5.12, "an image has three channels: D = 3 · 32 · 32"),
            (15.36**0.5, "that is the deviation s; its square was asked for"),
        ],
        praise="four deviations of noise in pixels of deviation 1: "
        "a code pays only along axes of variance above 15",
    ),
    "ex-ae-reparameterise": Function(
        "a draw with its slopes",
        through=with_slope,
        cases=[
            (
                (MEAN, FACTOR, NOISE),
                torch.tensor([1.2, -3.75, 1.0, 1.0, 0.5, -1.0, 0.5, -1.0]),
            )
        ],
        misconceptions=[
            (
                with_slope(lambda mu, L, noise: mu + L.T @ noise),
                "that is the factor turned over: the covariance would be LᵀL",
            ),
            (
                with_slope(lambda mu, L, noise: mu + L @ L.T @ noise),
                "that multiplies by the covariance; its factor L is enough, as σ is for one number",
            ),
            (with_slope(lambda mu, L, noise: mu), "that is the mean; a draw has noise in it"),
            (
                with_slope(lambda mu, L, noise: mu.detach() + L @ noise),
                "the value is right, but the mean gets no gradient",
            ),
            (
                with_slope(lambda mu, L, noise: mu + L.detach() @ noise),
                "the value is right, but L gets no gradient",
            ),
            (
                with_slope(lambda mu, L, noise: mu + torch.tril(L) @ noise),
                "L may be any square matrix; what lies above its diagonal counts, too",
            ),
            (
                lambda mu, L, noise: mu + L @ noise,
                "the value is right, but the gradient is cut: no detach, no data, no torch.normal",
            ),
        ],
        praise="and with L = diag(σ) it is the VAE's draw",
    ),
    "ex-ae-nats": Value(
        "nats that the code saves",
        expected=8 * math.log(2),
        tolerance=0.05,
        misconceptions=[
            (math.log(2), "that is one coordinate; there are eight"),
            (8 * math.log(4), "the KL term of a coordinate is *half* of log(λ / s²)"),
            (8.0, "log 4 / 2 is one bit, and log 2 nats: use the natural logarithm"),
            (
                4 * math.log(2) * 8,
                "the ratio in the logarithm is 4, and in front of it stands one half",
            ),
            (0.0, "all eight remain in use, but each of them says less"),
        ],
        praise="one bit for each coordinate, whatever the λ's are",
    ),
    "ex-ae-mmd": Value(
        "what the log shows",
        expected=torch.tensor([0.0235, 0.0]),
        tolerance=5e-4,
        misconceptions=[
            (torch.tensor([0.0188, 0.0]), "both batches have a diagonal: the codes' and the prior's"),
            (torch.tensor([0.0047, 0.0]), "both batches have a diagonal: the prior's and the codes'"),
            (torch.tensor([0.0376, 0.0]), "that is for two batches of 25; the draws are 100"),
            (
                torch.tensor([0.0235, 0.0235]),
                "without the pairs (i, i) nothing is left of the floor",
            ),
            (
                torch.tensor([0.0, 0.0]),
                "in the biased estimate the pairs (i, i) count, with k = 1 instead of 0.53",
            ),
            (
                torch.tensor([0.05, 0.0]),
                "a pair (i, i) has k = 1 where another pair has 0.53 on average: "
                "only the difference is surplus",
            ),
            (torch.tensor([0.0, 0.0235]), "you have the two the wrong way round"),
        ],
    ),
}
