"""The recursion runs from the first layer to the last.

loses: geometry_field 2
says: walk from the last layer back
"""


# %% answer_receptive_field
def receptive_field(layers):
    side = 1
    for kernel, stride, _ in layers:
        side = (side - 1) * stride + kernel
    return side
