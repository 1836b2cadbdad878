"""Within a batch the points are paired in the order in which they came.

loses: limits_batches 2
says: Within a batch, sort both sides
"""


# %% answer_mean_coupling
def mean_coupling(x, y, *, size):
    total = torch.zeros(len(x), len(y))
    draws = [torch.tensor(places) for places in combinations(range(len(x)), size)]
    for i in draws:
        for j in draws:
            total[i, j] += 1 / size
    return total / len(draws) ** 2
