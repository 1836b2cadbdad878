"""An old sample is shown, but the new one does not take its place: the pool never changes again.

loses: pool_swaps 2
says: must take the place
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
            elif self.size and torch.rand(()) < 0.5:
                sample = self.kept[int(torch.randint(self.size, ()))]
            shown.append(sample)
        return torch.stack(shown)
