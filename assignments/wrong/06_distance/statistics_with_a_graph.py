"""The statistics are tensors that hang on the graph of the distances.

loses: units_frozen 1
says: hangs on the graph
"""


# %% answer_domain_statistics
def domain_statistics(distances):
    if len(distances) < 2 or distances.max() == distances.min():
        raise ValueError("no deviation")
    return distances.mean(), distances.std(correction=0)
