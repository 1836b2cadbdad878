"""Every answer written in another way that is right: freezing for a while, a tensor for a memory, an eigenbasis.

loses: nothing
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    return nn.functional.l1_loss(S(T(x)), x) + nn.functional.l1_loss(T(S(y)), y)


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    with torch.no_grad():
        fakes = {"x": S(y), "y": T(x)}
    terms = {}
    for name, judge, real in (("y", D_Y, y), ("x", D_X, x)):
        says = judge(real), judge(fakes[name])
        terms[name] = (
            sum(nn.functional.mse_loss(s, torch.full_like(s, 1.0 - k)) for k, s in enumerate(says)) / 2
        )
    return terms


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    learning = [p for judge in (D_X, D_Y) for p in judge.parameters() if p.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    says = {"fool_y": D_Y(T(x)), "fool_x": D_X(S(y))}
    for parameter in learning:
        parameter.requires_grad_(True)
    terms = {name: (1 - said).pow(2).mean() / 2 for name, said in says.items()}
    alone = nn.functional.l1_loss(T(y), y) + nn.functional.l1_loss(S(x), x) if share else torch.zeros(())
    return terms | {"cycle": weight * cycle(x, y, T=T, S=S), "identity": weight * share * alone}


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        self.size = size
        self.memory = []

    def __call__(self, batch):
        return torch.cat([self.one(sample) for sample in batch.detach().clone().split(1)])

    def one(self, sample):
        if len(self.memory) < self.size:
            self.memory.append(sample.clone())
            return sample
        if self.size == 0 or torch.randint(2, ()) == 0:
            return sample
        old = self.memory.pop(int(torch.randperm(self.size)[0]))
        self.memory.append(sample)
        return old


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    variances, axes = torch.linalg.eigh(covariance)
    root = axes * variances.sqrt()

    def stir(y, angle):
        z = torch.linalg.solve(root, (y - mean).T)
        turned = torch.stack(
            [
                math.cos(angle) * z[0] + math.sin(angle) * z[1],
                math.cos(angle) * z[1] - math.sin(angle) * z[0],
            ]
        )
        return mean + (root @ turned).T

    return lambda x: stir(T(x), angle), lambda y: S(stir(y, -angle))
