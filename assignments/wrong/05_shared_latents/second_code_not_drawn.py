"""The translation's code is its mean.

loses: half_value 2, half_noise 2
says: The second code was not drawn
"""


# %% answer_unit_half
def unit_half(x, *, E_X, Dec_X, E_Y, Dec_Y, D_Y, draw, lam_rec=10.0, lam_cyc=10.0, lam_kl=0.01):
    mu = E_X(x)
    z = draw(mu)
    y_hat = Dec_Y(z)
    mu_hat = E_Y(y_hat)
    z_hat = mu_hat
    return {
        "fool": 0.5 * (D_Y(y_hat) - 1).square().mean(),
        "rec": lam_rec * (Dec_X(z) - x).abs().mean(),
        "cyc": lam_cyc * (Dec_X(z_hat) - x).abs().mean(),
        "kl": lam_kl * (mu.square().mean() / 2 + mu_hat.square().mean() / 2),
    }
