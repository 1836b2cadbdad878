"""Every translation's distance from itself is averaged in.

loses: diversity_pairs 2
says: does not count
"""


# %% answer_diversity
def diversity(x, codes, *, generator, distance):
    if len(codes) < 2:
        raise ValueError("one draw has no pair")
    made = [generator(x, z) for z in codes]
    return torch.stack([distance(a, b) for a in made for b in made]).mean()
