"""A single draw gives the mean of nothing.

loses: diversity_draws 1
says: one draw has no pair
"""


# %% answer_diversity
def diversity(x, codes, *, generator, distance):
    made = [generator(x, z) for z in codes]
    pairs = [distance(made[i], made[j]) for i in range(len(made)) for j in range(i)]
    return torch.cat([torch.zeros(0), *pairs]).mean()
