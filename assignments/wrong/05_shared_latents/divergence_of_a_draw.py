"""The divergence is taken of the codes that were drawn, and not of their means.

loses: half_value 2
says: a distribution, so it knows means
"""


# %% answer_unit_half
def unit_half(x, *, E_X, Dec_X, E_Y, Dec_Y, D_Y, draw, lam_rec=10.0, lam_cyc=10.0, lam_kl=0.01):
    mu = E_X(x)
    z = draw(mu)
    y_hat = Dec_Y(z)
    mu_hat = E_Y(y_hat)
    z_hat = draw(mu_hat)
    return {
        "fool": 0.5 * (D_Y(y_hat) - 1).square().mean(),
        "rec": lam_rec * (Dec_X(z) - x).abs().mean(),
        "cyc": lam_cyc * (Dec_X(z_hat) - x).abs().mean(),
        "kl": lam_kl * (z.square().mean() / 2 + z_hat.square().mean() / 2),
    }
