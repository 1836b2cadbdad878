"""While the pool fills up, samples are kept and empty places are shown.

loses: pool_fills 2
says: while the pool of 8 fills up
"""


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        self.size, self.kept = size, []

    def __call__(self, batch):
        shown = []
        for sample in batch.detach():
            if len(self.kept) < self.size:
                self.kept.append(sample.clone())
                sample = self.kept[int(torch.randint(len(self.kept), ()))]
            elif self.size and torch.rand(()) < 0.5:
                place = int(torch.randint(self.size, ()))
                sample, self.kept[place] = self.kept[place], sample.clone()
            shown.append(sample)
        return torch.stack(shown)
