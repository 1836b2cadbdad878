"""The log-determinant is that of the last layer.

loses: chain_forth 2
says: Only the last layer's counts
"""


# %% answer_chain
class Chain:
    def __init__(self, layers):
        self.layers = list(layers)

    def __call__(self, x):
        log_det = x.new_zeros(len(x))
        for layer in self.layers:
            x, log_det = layer(x)
        return x, log_det

    def inverse(self, z):
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z
