"""The divergence is summed over the entries of a code, as the norm in the formula is: large codes weigh more.

loses: half_value 2
says: over the entries of a code
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
        "kl": lam_kl * sum(m.square().flatten(1).sum(1).mean() / 2 for m in (mu, mu_hat)),
    }
