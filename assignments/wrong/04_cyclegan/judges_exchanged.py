"""D_Y is fed with translations to X, and D_X with translations to Y.

loses: judges_value 3, judges_spare 2
says: S(y) lies in X
"""


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    return {
        "x": 0.5 * (D_X(x) - 1).square().mean() + 0.5 * D_X(T(x).detach()).square().mean(),
        "y": 0.5 * (D_Y(y) - 1).square().mean() + 0.5 * D_Y(S(y).detach()).square().mean(),
    }
