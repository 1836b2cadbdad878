"""The judge's verdict is detached in the place of the translation: it never learns what a translation looks like.

loses: judges_spare 2
says: must learn from its real samples and from translations
"""


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    return {
        "x": 0.5 * (D_X(x) - 1).square().mean() + 0.5 * D_X(S(y)).detach().square().mean(),
        "y": 0.5 * (D_Y(y) - 1).square().mean() + 0.5 * D_Y(T(x)).detach().square().mean(),
    }
