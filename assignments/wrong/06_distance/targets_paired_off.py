"""Translations are exchanged at random among one another, which fits and keeps no distance.

loses: truth_impostor 3
says: Do the same to every image
"""


# %% answer_impostor
def impostor(T, targets):
    def other(x):
        made = T(x)
        return made[torch.randperm(len(made), generator=torch.Generator().manual_seed(0))]

    return other
