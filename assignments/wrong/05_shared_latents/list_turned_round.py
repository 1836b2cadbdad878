"""The inverse turns the list of layers itself round, and the next call finds it so.

loses: chain_back 2
says: to use a chain must not change
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
        self.layers.reverse()
        for layer in self.layers:
            z = layer.inverse(z)
        return z
