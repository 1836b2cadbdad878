"""Every answer spelt out in loops and in single precision; the judge is protected.

loses: nothing
"""


# %% answer_pairwise_distances
def pairwise_distances(x):
    pairs = list(combinations(x, 2))
    if not pairs:
        raise ValueError("no pairs")
    return torch.stack([(a - b).abs().sum() for a, b in pairs])


# %% answer_half_distances
def half_distances(x, *, axis=3):
    side = x.size(axis)
    if side % 2 == 1:
        raise ValueError(f"cannot halve {side}")
    if axis == 3:
        first, second = x[:, :, :, : side // 2], x[:, :, :, side // 2 :]
    else:
        first, second = x[:, :, : side // 2], x[:, :, side // 2 :]
    return torch.stack([(a - b).abs().sum() for a, b in zip(first, second, strict=True)])


# %% answer_domain_statistics
def domain_statistics(distances):
    if distances.numel() < 2 or (distances == distances[0]).all():
        raise ValueError("nothing to divide by")
    mean = float(distances.mean())
    return mean, math.sqrt(float((distances - mean).pow(2).mean()))


# %% answer_distance_loss
def distance_loss(x, made, *, measure, source, target):
    before, after = measure(x.detach()), measure(made)
    terms = [
        abs((d - source[0]) / source[1] - (e - target[0]) / target[1])
        for d, e in zip(before, after, strict=True)
    ]
    return sum(terms) / len(terms)


# %% answer_way_terms
def way_terms(x, *, T, weights, D=None, S=None, pairwise=None, within=None):
    if weights.get("distance") and weights.get("self_distance"):
        raise ValueError("'distance' and 'self_distance' exclude one another")
    made, terms = T(x), {}
    for name, weight in weights.items():
        if weight == 0:
            continue
        if name == "fool":
            if D is None:
                raise ValueError("fool: whom?")
            constants = {key: parameter.detach() for key, parameter in D.named_parameters()}
            said = torch.func.functional_call(D, constants, (made,))
            terms[name] = weight * (said - 1).pow(2).mean() / 2
        elif name == "cycle":
            if S is None:
                raise ValueError("cycle: there is no way back")
            terms[name] = weight * (x - S(made)).abs().mean()
        else:
            terms[name] = weight * (pairwise if name == "distance" else within)(x, made)
    return terms


# %% answer_distances_kept
def distances_kept(x, y):
    if len(x) != len(y):
        raise ValueError("no pairs")
    rows = []
    for v in (x, y):
        d = torch.stack([(a - b).abs().sum() for a, b in combinations(v, 2)])
        rows.append((d - d.mean()) / (d - d.mean()).norm())
    return float(rows[0] @ rows[1])


# %% answer_suited
def suited():
    return ("ink", "cipher", "mirror", "negative")


# %% answer_impostor
def impostor(T, targets):
    def mirrored(v):
        return torch.flip(v, dims=[3])

    def upside_down(v):
        return torch.flip(v, dims=[2])

    def among(image, images):
        return any(torch.equal(image, other) for other in images)

    for first in (None, mirrored):
        for second in (None, upside_down):
            for sign in (-1, 1):

                def other(v, steps=(first, second), sign=sign):
                    for step in steps:
                        v = step(v) if step else v
                    return v if sign == 1 else -v

                changed = other(targets)
                if not torch.equal(changed, targets) and all(among(image, targets) for image in changed):

                    def wrong(x, other=other):
                        return other(T(x))

                    return wrong
    raise ValueError("these targets have no symmetry")


# %% answer_patch_loss
def patch_loss(queries, keys, *, temperature):
    total = 0
    for q, k in zip(queries.double(), keys.detach().double(), strict=True):
        k = k / torch.linalg.vector_norm(k, dim=1, keepdim=True)
        for i in range(len(q)):
            logits = k @ q[i] / torch.linalg.vector_norm(q[i]) / temperature
            total = total + torch.logsumexp(logits - logits[i], 0)
    return total / (queries.shape[0] * queries.shape[1])


# %% answer_translation_loss
def translation_loss(x, made, *, eye, places, loss):
    def seen(images):
        rows = []
        for one in images.split(1):
            features = eye(one)[0]
            wide = features.shape[2]
            rows.append(torch.stack([features[:, p // wide, p % wide] for p in places.tolist()]))
        return torch.stack(rows)

    return loss(seen(made), seen(x).detach())
