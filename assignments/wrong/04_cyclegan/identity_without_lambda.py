"""The identity's weight is the share alone.

loses: translator_value 3
says: and not ρ alone
"""


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    def fooled(D, fake):
        constants = {name: parameter.detach() for name, parameter in D.named_parameters()}
        return 0.5 * (torch.func.functional_call(D, constants, (fake,)) - 1).square().mean()

    return {
        "fool_y": fooled(D_Y, T(x)),
        "fool_x": fooled(D_X, S(y)),
        "cycle": weight * cycle(x, y, T=T, S=S),
        "identity": share * ((T(y) - y).abs().mean() + (S(x) - x).abs().mean()),
    }
