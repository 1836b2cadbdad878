"""x[i] and y[i] are drawn together.

loses: limits_batches 2
says: drawn together
"""


# %% answer_mean_coupling
def mean_coupling(x, y, *, size):
    total, draws = torch.zeros(len(x), len(y)), list(combinations(range(len(x)), size))
    for draw in draws:
        i = torch.tensor(draw)
        total[i[x[i].argsort()], i[y[i].argsort()]] += 1 / size
    return total / len(draws)
