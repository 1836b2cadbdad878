"""All translations are compared with one another, those of different sources too.

loses: diversity_ignored 2, diversity_draws 1
says: different sources were compared
"""


# %% answer_diversity
def diversity(x, codes, *, generator, distance):
    if len(codes) < 2:
        raise ValueError("one draw has no pair")
    made = torch.cat([generator(x, z) for z in codes])
    count = len(made)
    pairs = [distance(made[i : i + 1], made[j : j + 1]) for i in range(count) for j in range(i)]
    return torch.cat(pairs).mean()
