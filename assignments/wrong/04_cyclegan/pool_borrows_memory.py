"""Views of the batch are kept, so that the memory changes when the batch does.

loses: pool_memory 2
says: keep a copy
"""


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        self.size, self.kept = size, []

    def __call__(self, batch):
        shown = []
        for sample in batch.detach():
            if len(self.kept) < self.size:
                self.kept.append(sample)
            elif self.size and torch.rand(()) < 0.5:
                place = int(torch.randint(self.size, ()))
                sample, self.kept[place] = self.kept[place], sample
            shown.append(sample)
        return torch.stack(shown)
