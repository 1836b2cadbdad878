"""The judges' numbers go through a sigmoid first.

loses: judges_value 3, judges_spare 2
says: No sigmoid
"""


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    def loss(D, real, fake):
        real, fake = D(real).sigmoid(), D(fake.detach()).sigmoid()
        return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()

    return {"x": loss(D_X, x, S(y)), "y": loss(D_Y, y, T(x))}
