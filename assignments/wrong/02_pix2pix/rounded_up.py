"""A window that fits only in part is counted.

loses: geometry_map 2
says: so round down
"""


# %% answer_map_side
def map_side(layers, size):
    for kernel, stride, padding in layers:
        if size + 2 * padding < kernel:
            raise ValueError("too small")
        size = math.ceil((size + 2 * padding - kernel) / stride) + 1
    return size
