"""Every answer written in another way that is right: whole tables, sums by hand, a search by code.

loses: nothing
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    if x.shape[0] <= 1:
        raise ValueError("one sample has no pair")
    table = (x[:, None] - x[None]).abs().flatten(2).sum(2)
    rows, columns = torch.triu_indices(len(x), len(x), offset=1)
    return table[rows, columns]


# %% answer_half_distances
def half_distances(x, *, axis=3):
    half, left_over = divmod(x.shape[axis], 2)
    if left_over:
        raise ValueError("no two equal halves")
    two = x.unflatten(axis, (2, half))
    return (two.select(axis, 0) - two.select(axis, 1)).abs().sum(dim=(1, 2, 3))


# %% answer_domain_statistics
def domain_statistics(distances):
    import statistics

    values = distances.tolist()
    if len(set(values)) < 2:
        raise ValueError("no deviation")
    return statistics.fmean(values), statistics.pstdev(values)


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    (mean_x, deviation_x), (mean_y, deviation_y) = source, target
    with torch.no_grad():
        wanted = mean_y + deviation_y / deviation_x * (measure(x) - mean_x)
    return nn.functional.l1_loss(measure(made), wanted) / deviation_y


# %% answer_way_terms
def way_terms(x, *, T, weights, D=None, S=None, pairwise=None, within=None):
    fool, cycle, distance, self_distance = (
        weights.get(name, 0.0) for name in ("fool", "cycle", "distance", "self_distance")
    )
    if distance and self_distance:
        raise ValueError(f"choose one: distance is {distance}, self_distance is {self_distance}")
    if cycle and S is None:
        raise ValueError("the cycle has a weight, but S is None")
    if fool and D is None:
        raise ValueError("fool has a weight, but D is None")
    y, terms = T(x), {}
    if fool:
        verdict = D(y)
        terms["fool"] = fool / 2 * nn.functional.mse_loss(verdict, torch.ones_like(verdict))
    if cycle:
        terms["cycle"] = cycle * nn.functional.l1_loss(S(y), x)
    if distance:
        terms["distance"] = distance * pairwise(x, y)
    if self_distance:
        terms["self_distance"] = self_distance * within(x, y)
    return terms


# %% answer_distances_kept
def distances_kept(x, y):
    import numpy as np

    if x.shape[0] != y.shape[0]:
        raise ValueError("not as many x as y")
    # Every pair twice changes no correlation; only the diagonal would.
    off = ~np.eye(len(x), dtype=bool)
    d, e = (
        np.abs(v[:, None] - v[None]).sum(2)[off]
        for v in (x.flatten(1).double().numpy(), y.flatten(1).double().numpy())
    )
    d, e = d - d.mean(), e - e.mean()
    return float((d * e).sum() / np.sqrt((d * d).sum() * (e * e).sum()))


# %% answer_suited
def suited():
    return [name for name, (x, y) in TASKS.items() if distances_kept(x, y) >= 0.8]


# %% answer_impostor
def impostor(T, targets):
    def listed(images):
        return sorted(image.flatten().tolist() for image in images + 0.0)

    candidates = [
        lambda v: -v,
        lambda v: v.rot90(2, (2, 3)),
        lambda v: v.flip(-1),
        lambda v: v.flip(-2),
        lambda v: -v.flip(-1),
        lambda v: -v.flip(-2),
        lambda v: -v.rot90(2, (2, 3)),
    ]
    for stir in candidates:
        if listed(stir(targets)) == listed(targets) and not torch.equal(stir(targets), targets):
            return lambda x, stir=stir: stir(T(x))
    raise ValueError("no symmetry among these")


# %% answer_patch_loss
def patch_loss(queries, keys, *, temperature):
    cosine = nn.functional.cosine_similarity(queries[:, :, None], keys.detach()[:, None], dim=3, eps=0)
    partner = torch.arange(queries.shape[1]).repeat(len(queries))
    return nn.functional.cross_entropy((cosine / temperature).flatten(0, 1), partner)


# %% answer_translation_loss
def translation_loss(x, made, *, eye, places, loss):
    with torch.no_grad():
        keys = eye(x).permute(0, 2, 3, 1).flatten(1, 2).index_select(1, places)
    return loss(eye(made).permute(0, 2, 3, 1).flatten(1, 2).index_select(1, places), keys)
