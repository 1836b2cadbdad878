"""One coin decides for the whole batch.

loses: pool_swaps 2
says: toss the coin for each sample
"""


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        self.size, self.kept = size, []

    def __call__(self, batch):
        shown, old = [], torch.rand(()) < 0.5
        for sample in batch.detach():
            if len(self.kept) < self.size:
                self.kept.append(sample.clone())
            elif self.size and old:
                place = int(torch.randint(self.size, ()))
                sample, self.kept[place] = self.kept[place], sample.clone()
            shown.append(sample)
        return torch.stack(shown)
