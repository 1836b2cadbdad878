"""The new sample overwrites the old one before that is shown, so that nothing old is ever shown.

loses: pool_fills 2, pool_swaps 2
says: none was shown again
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
                place = int(torch.randint(self.size, ()))
                self.kept[place] = sample.clone()
                sample = self.kept[place]
            shown.append(sample)
        return torch.stack(shown)
