"""D_X is asked about translations to Y.

loses: translator_value 3, translator_moves 2
says: D_X was asked about a translation to Y
"""


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    def fooled(D, fake):
        constants = {name: parameter.detach() for name, parameter in D.named_parameters()}
        return 0.5 * (torch.func.functional_call(D, constants, (fake,)) - 1).square().mean()

    return {
        "fool_y": fooled(D_X, T(x)),
        "fool_x": fooled(D_Y, S(y)),
        "cycle": weight * cycle(x, y, T=T, S=S),
        "identity": share * weight * ((T(y) - y).abs().mean() + (S(x) - x).abs().mean()),
    }
