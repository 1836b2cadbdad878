"""The translations are detached to protect the judges, and nobody is left to be taught by the games.

loses: translator_moves 2, translator_spares 2
says: this is the translators' turn
"""


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    return {
        "fool_y": 0.5 * (D_Y(T(x).detach()) - 1).square().mean(),
        "fool_x": 0.5 * (D_X(S(y).detach()) - 1).square().mean(),
        "cycle": weight * cycle(x, y, T=T, S=S),
        "identity": share * weight * ((T(y) - y).abs().mean() + (S(x) - x).abs().mean()),
    }
