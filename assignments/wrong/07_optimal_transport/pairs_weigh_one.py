"""Every pair has the mass 1, whatever the size of the batch.

loses: limits_batches 2
says: The pairs of a batch share a mass of 1
"""


# %% answer_mean_coupling
def mean_coupling(x, y, *, size):
    total = torch.zeros(len(x), len(y))
    draws = [torch.tensor(places) for places in combinations(range(len(x)), size)]
    for i in draws:
        for j in draws:
            total[i[x[i].argsort()], j[y[j].argsort()]] += 1
    return total / len(draws) ** 2
