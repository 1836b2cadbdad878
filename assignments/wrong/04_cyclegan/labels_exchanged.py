"""Real samples get the label 0 and translations the label 1.

loses: judges_value 3, judges_spare 2
says: The labels are exchanged
"""


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    return {
        "x": 0.5 * D_X(x).square().mean() + 0.5 * (D_X(S(y).detach()) - 1).square().mean(),
        "y": 0.5 * D_Y(y).square().mean() + 0.5 * (D_Y(T(x).detach()) - 1).square().mean(),
    }
