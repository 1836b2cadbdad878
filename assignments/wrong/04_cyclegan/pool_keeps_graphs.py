"""What is kept still hangs on the graph that made it.

loses: pool_memory 2
says: hangs on the graph
"""


# %% answer_pool
class Pool:
    def __init__(self, size=50):
        self.size, self.kept = size, []

    def __call__(self, batch):
        shown = []
        for sample in batch:
            if len(self.kept) < self.size:
                self.kept.append(sample.clone())
            elif self.size and torch.rand(()) < 0.5:
                place = int(torch.randint(self.size, ()))
                sample, self.kept[place] = self.kept[place], sample.clone()
            shown.append(sample)
        return torch.stack(shown)
