"""Receptive fields: the arithmetic, against what autograd sees."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from udtlib.nets.patchgan import PATCHES, ConvShape, PatchGAN, convolution_shapes, map_side, patch_shapes
from udtlib.nets.patchgan import receptive_field as field_of

layers = st.lists(
    st.builds(ConvShape, st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=4
)


def seen_by_centre(shapes, size):
    """How wide a window of the input the gradient of one inner output reaches."""
    net = nn.Sequential(*(nn.Conv2d(1, 1, *shape) for shape in shapes)).double()
    for layer in net:
        nn.init.ones_(layer.weight)
    image = torch.zeros(1, 1, size, size, dtype=torch.double, requires_grad=True)
    out = net(image)
    (slope,) = torch.autograd.grad(out[0, 0, out.shape[2] // 2, out.shape[3] // 2], image)
    rows = slope[0, 0].any(dim=1).nonzero()
    return (rows.max() - rows.min() + 1).item(), out.shape[2]


@given(layers)
def test_the_receptive_field_is_what_autograd_sees(shapes):
    # A kernel smaller than its stride leaves gaps, and a gap inside the window is still inside it.
    field = field_of(shapes)
    steps = [math.prod(shape.stride for shape in shapes[:k]) for k in range(len(shapes) + 1)]
    border = sum(step * shape.padding for step, shape in zip(steps, shapes, strict=False))
    # So large that the window of the inner output meets no border, however far the outputs lie apart.
    size = 3 * field + 2 * border + 4 * steps[-1]
    seen, side = seen_by_centre(shapes, size)
    assert seen == field
    assert side == map_side(shapes, size)


@pytest.mark.parametrize(("field", "shapes"), PATCHES.items())
def test_every_discriminator_has_the_receptive_field_of_its_name(field, shapes):
    assert field_of(shapes) == field
    net = PatchGAN(1, field=field, width=1, norm=nn.Identity)
    assert net.field == field
    assert convolution_shapes(net.layers) == shapes


def test_the_reference_judges_256_pixels_by_a_30_by_30_map():
    assert map_side(PATCHES[70], 256) == 30
    net = PatchGAN(3, condition=1, field=70, width=2)
    assert net(torch.zeros(2, 3, 256, 256), torch.zeros(2, 1, 256, 256)).shape == (2, 1, 30, 30)


@pytest.mark.parametrize("field", [1, 7, 16, 34])
def test_a_score_depends_on_its_own_patch_only(field):
    torch.manual_seed(0)
    net = PatchGAN(1, field=field, width=2, norm=nn.Identity)
    y = torch.randn(1, 1, 64, 64, requires_grad=True)
    score = net(y)
    centre = score.shape[2] // 2
    (slope,) = torch.autograd.grad(score[0, 0, centre, centre], y)
    touched = slope[0, 0].abs().sum(1).nonzero()
    assert touched.max() - touched.min() + 1 == field


def test_the_condition_counts():
    torch.manual_seed(0)
    net = PatchGAN(1, condition=1, field=7, width=4, norm=nn.Identity)
    x, y = torch.randn(2, 1, 16, 16), torch.randn(2, 1, 16, 16)
    assert not torch.allclose(net(y, x), net(y, x.flip(0)))
    assert not torch.allclose(net(y, x), net(x, y))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="no PatchGAN has the receptive field 71; choose 1, 7"):
        PatchGAN(3, field=71)
    with pytest.raises(ValueError, match="judges images of 3 channels given 1; got 3 given 0"):
        PatchGAN(3, condition=1, field=7)(torch.zeros(1, 3, 16, 16))
    with pytest.raises(ValueError, match="judges images of 3 channels given 0; got 1 given 0"):
        PatchGAN(3, field=7)(torch.zeros(1, 1, 16, 16))
    with pytest.raises(ValueError, match="leave nothing after layer"):
        PatchGAN(3, field=70)(torch.zeros(1, 3, 16, 16))
    with pytest.raises(ValueError, match="kernel ≥ 1"):
        field_of([ConvShape(0, 1, 0)])
    with pytest.raises(ValueError, match="without dilation"):
        convolution_shapes(nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2)))
    with pytest.raises(ValueError, match="only square"):
        convolution_shapes(nn.Sequential(nn.Conv2d(1, 1, (3, 5))))


def test_reference_layers():
    assert patch_shapes(3) == (ConvShape(4, 2, 1),) * 3 + (ConvShape(4, 1, 1),) * 2


def test_spectral_normalisation_bounds_every_layer():
    torch.manual_seed(0)
    net = PatchGAN(1, field=16, width=4, norm=nn.Identity, spectral=True)
    assert net.field == 16
    with torch.no_grad():
        for layer in net.layers:
            if isinstance(layer, nn.Conv2d):
                layer.parametrizations.weight.original.mul_(50)
        for _ in range(50):  # each pass is one step of the power iteration
            net(torch.randn(1, 1, 32, 32))
    weights = [layer.weight.flatten(1) for layer in net.layers if isinstance(layer, nn.Conv2d)]
    assert all(abs(torch.linalg.matrix_norm(w, 2).item() - 1) < 1e-2 for w in weights)
