"""The chain is undone in the order in which it was applied.

loses: chain_back 2
says: shoes off first
"""


# %% answer_chain
class Chain:
    def __init__(self, layers):
        self.layers = list(layers)

    def __call__(self, x):
        log_det = x.new_zeros(len(x))
        for layer in self.layers:
            x, more = layer(x)
            log_det = log_det + more
        return x, log_det

    def inverse(self, z):
        for layer in self.layers:
            z = layer.inverse(z)
        return z
