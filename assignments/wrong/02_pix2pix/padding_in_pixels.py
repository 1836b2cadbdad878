"""The padding of every layer is counted in pixels of the image.

loses: geometry_window 2
says: A layer's padding is counted in
"""


# %% answer_window
def window(layers, index):
    jump, side = 1, 1
    for kernel, stride, _ in layers:
        side += (kernel - 1) * jump
        jump *= stride
    first = index * jump - sum(padding for _, _, padding in layers)
    return first, first + side - 1
