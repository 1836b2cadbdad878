"""Nothing keeps the translators' terms from teaching the judges.

loses: translator_spares 2
says: the judge would move so as to be fooled
"""


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    return {
        "fool_y": 0.5 * (D_Y(T(x)) - 1).square().mean(),
        "fool_x": 0.5 * (D_X(S(y)) - 1).square().mean(),
        "cycle": weight * cycle(x, y, T=T, S=S),
        "identity": share * weight * ((T(y) - y).abs().mean() + (S(x) - x).abs().mean()),
    }
