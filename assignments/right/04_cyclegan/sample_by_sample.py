"""Sample by sample and in double precision, with judges that are copied instead of frozen.

loses: nothing
"""


# %% answer_cycle_loss
def cycle_loss(x, y, *, T, S):
    there = [(S(T(one)) - one).double().abs().mean() for one in x.split(1)]
    back = [(T(S(one)) - one).double().abs().mean() for one in y.split(1)]
    return torch.stack(there).mean() + torch.stack(back).mean()


# %% answer_judge_terms
def judge_terms(x, y, *, T, S, D_X, D_Y):
    def one_judge(D, real, translate, source):
        good = [((1 - D(one)) ** 2).double().mean() for one in real.split(1)]
        bad = [(D(translate(one).detach().clone()) ** 2).double().mean() for one in source.split(1)]
        return sum(good) / (2 * len(good)) + sum(bad) / (2 * len(bad))

    return dict(y=one_judge(D_Y, y, T, x), x=one_judge(D_X, x, S, y))


# %% answer_translator_terms
def translator_terms(x, y, *, T, S, D_X, D_Y, cycle, weight=10.0, share=0.5):
    import copy

    def fooled(D, translate, source):
        frozen = copy.deepcopy(D).requires_grad_(False)
        return sum(((frozen(translate(one)) - 1) ** 2).mean() for one in source.split(1)) / (2 * len(source))

    def still(translate, target):
        return sum((translate(one) - one).abs().mean() for one in target.split(1)) / len(target)

    return {
        "identity": (still(T, y) + still(S, x)) * share * weight,
        "cycle": cycle(x, y, T=T, S=S) * weight,
        "fool_x": fooled(D_X, S, y),
        "fool_y": fooled(D_Y, T, x),
    }


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        import random

        self.size, self.memory, self.dice = size, {}, random.Random()

    def __call__(self, batch):
        shown = batch.detach().clone()
        for i in range(len(batch)):
            if len(self.memory) < self.size:
                self.memory[len(self.memory)] = shown[i].clone()
            elif self.size > 0 and self.dice.random() < 0.5:
                place = self.dice.randrange(self.size)
                new = shown[i].clone()
                shown[i] = self.memory[place]
                self.memory[place] = new
        return shown


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    m, cov = mean.double(), covariance.double()
    values, vectors = torch.linalg.eigh(cov)
    root = vectors @ torch.diag(values.sqrt()) @ vectors.T  # the symmetric root does as well

    def stir(y, angle):
        turn = torch.matrix_exp(torch.tensor([[0.0, angle], [-angle, 0.0]], dtype=torch.float64))
        z = torch.linalg.solve(root, (y.double() - m).T)
        return (m + (root @ turn @ z).T).to(y.dtype)

    return (lambda x: stir(T(x), angle)), (lambda y: S(stir(y, -angle)))
