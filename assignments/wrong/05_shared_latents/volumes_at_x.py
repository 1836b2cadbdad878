"""All log-determinants are taken at x, and not where the earlier layers sent it.

loses: chain_forth 2
says: All of them were taken at x
"""


# %% answer_chain
class Chain:
    def __init__(self, layers):
        self.layers = list(layers)

    def __call__(self, x):
        log_det = x.new_zeros(len(x))
        z = x
        for layer in self.layers:
            z = layer(z)[0]
            log_det = log_det + layer(x)[1]
        return z, log_det

    def inverse(self, z):
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z
