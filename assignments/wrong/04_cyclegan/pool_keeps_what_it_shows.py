"""Every new sample enters the pool, also when it is shown at once.

loses: pool_swaps 2
says: at once or kept, never both
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
            elif self.size:
                place = int(torch.randint(self.size, ()))
                old, self.kept[place] = self.kept[place], sample.clone()
                sample = old if torch.rand(()) < 0.5 else sample
            shown.append(sample)
        return torch.stack(shown)
