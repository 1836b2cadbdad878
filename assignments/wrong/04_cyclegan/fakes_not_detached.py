"""The translations are not detached: the judges' loss teaches the translators to be caught.

loses: judges_spare 2
says: would learn to be caught
"""


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    return {
        "x": 0.5 * (D_X(x) - 1).square().mean() + 0.5 * D_X(S(y)).square().mean(),
        "y": 0.5 * (D_Y(y) - 1).square().mean() + 0.5 * D_Y(T(x)).square().mean(),
    }
