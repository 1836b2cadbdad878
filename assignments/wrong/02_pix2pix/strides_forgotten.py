"""Every layer adds its kernel minus one, as if there were no strides.

loses: geometry_field 2
says: neighbouring values are 2 pixels apart
"""


# %% answer_receptive_field
def receptive_field(layers):
    return 1 + sum(kernel - 1 for kernel, _, _ in layers)
