"""The deviation learns nothing, since the noise is scaled without a graph.

loses: code_sample 1
says: gets no gradient
"""


# %% answer_sample
def sample(mean, log_variance):
    with torch.no_grad():
        noise = (log_variance / 2).exp() * torch.randn_like(mean)
    return mean + noise
