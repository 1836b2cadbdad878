"""Once the pool is full, only old samples are shown.

loses: pool_swaps 2
says: Only old samples are shown
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
                sample, self.kept[place] = self.kept[place], sample.clone()
            shown.append(sample)
        return torch.stack(shown)
