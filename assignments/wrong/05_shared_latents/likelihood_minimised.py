"""The log-likelihoods are minimised: the flows are taught to be surprised.

loses: align_value 2
says: The sign is wrong
"""


# %% answer_alignflow_terms
def alignflow_terms(x, y, *, F_X, F_Y, D_X, D_Y, log_likelihood, weight=0.1):
    def fooled(D, fake):
        constants = {name: parameter.detach() for name, parameter in D.named_parameters()}
        return 0.5 * (torch.func.functional_call(D, constants, (fake,)) - 1).square().mean()

    def judged(D, real, fake):
        return 0.5 * (D(real) - 1).square().mean() + 0.5 * D(fake.detach()).square().mean()

    fake_y, fake_x = F_Y.inverse(F_X(x)[0]), F_X.inverse(F_Y(y)[0])
    return {
        "fool_y": fooled(D_Y, fake_y),
        "fool_x": fooled(D_X, fake_x),
        "surprise_x": weight * log_likelihood(F_X, x).mean(),
        "surprise_y": weight * log_likelihood(F_Y, y).mean(),
        "judge_x": judged(D_X, x, fake_x),
        "judge_y": judged(D_Y, y, fake_y),
    }
