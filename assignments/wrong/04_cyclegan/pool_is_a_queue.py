"""The oldest sample is shown, and not one drawn at random.

loses: pool_swaps 2
says: in the order in which they were kept
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
                self.kept.append(sample.clone())
                sample = self.kept.pop(0)
            shown.append(sample)
        return torch.stack(shown)
