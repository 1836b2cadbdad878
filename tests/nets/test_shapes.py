"""What a net cannot take is said in one sentence, and never in PyTorch's words about matrices."""

import numpy as np
import pytest
import torch

from udtlib.nets.autoencoder import image_autoencoder
from udtlib.nets.dcgan import DCGANDiscriminator, DCGANGenerator
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.encoder import CNNEncoder, ResNetEncoder
from udtlib.nets.features import PatchHeads, drawn_places
from udtlib.nets.flows import image_flow, point_flow
from udtlib.nets.patch_scales import PatchScales
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.potential import QuadraticShortcut
from udtlib.nets.residual import ResidualNet
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.nets.velocity import AffineShortcut, VelocityMLP
from udtlib.translators.residual_flow import residual_flow
from udtlib.translators.velocity_flow import VelocityFlow

pytestmark = pytest.mark.usefixtures("as_a_user")

IMAGE_NETS = {
    "U-Net": lambda: UNet(3, 3, width=4, depth=2),
    "ResNet": lambda: ResNetGenerator(3, 3, width=4, blocks=1),
    "resizing U-Net": lambda: ResizeUNet(3, 3, width=4, depth=2),
    "DCGAN's discriminator": lambda: DCGANDiscriminator(size=16, channels=3, width=4),
    "its spectral one": lambda: DCGANDiscriminator(size=16, channels=3, width=4, spectral=True),
    "CNN encoder": lambda: CNNEncoder(3, latent=2, width=4, depth=2),
    "ResNet encoder": lambda: ResNetEncoder(3, latent=2, width=4, depth=2),
}
ROW_NETS = {
    "DCGAN's generator": (lambda: DCGANGenerator(2, size=16, width=4), False),
    "residual net": (lambda: ResidualNet(2), False),
    "affine shortcut": (lambda: AffineShortcut(2), False),
    "quadratic shortcut": (lambda: QuadraticShortcut(2), False),
    "velocity": (lambda: VelocityMLP(2), True),
}


#: What takes (batch, 3, 16, 16), and what takes (batch, 2).
ALL_NETS = {name: (make, (2, 3, 16, 16)) for name, make in IMAGE_NETS.items()} | {
    "PatchGAN": (lambda: PatchGAN(3, field=16, width=4), (2, 3, 16, 16)),
    "PatchGANs": (lambda: PatchScales([PatchGAN(3, field=7, width=4)] * 2), (2, 3, 16, 16)),
    "image autoencoder": (lambda: image_autoencoder(3, width=4, blocks=1), (2, 3, 16, 16)),
    "vector autoencoder": (lambda: vector_autoencoder(3, size=16, width=4, depth=2), (2, 3, 16, 16)),
    "dense autoencoder": (
        lambda: dense_autoencoder(Standardise(0.0, 1.0), code=2, shape=(3, 16, 16), widths=(8,)),
        (2, 3, 16, 16),
    ),
    "image flow": (lambda: image_flow(3, width=4, checkers=1, mixed=1), (2, 3, 16, 16)),
    "point flow": (lambda: point_flow(2, couplings=1, width=4), (4, 2)),
    **{name: (make, (4, 2)) for name, (make, timed) in ROW_NETS.items() if not timed},
}
EVERY_NET = pytest.mark.parametrize(("make", "shape"), ALL_NETS.values(), ids=ALL_NETS)


@EVERY_NET
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool])
def test_whole_numbers_and_truth_values_are_refused(make, shape, dtype):
    with pytest.raises(TypeError, match=r"takes tensors of floating-point numbers, got [xy]=Tensor of shape"):
        make()(torch.ones(shape, dtype=dtype))


@EVERY_NET
def test_what_is_no_tensor_is_refused(make, shape):
    for odd in (np.zeros(shape, np.float32), torch.zeros(shape).tolist(), None):
        with pytest.raises(TypeError, match=r"takes tensors .*convert it with torch.as_tensor"):
            make()(odd)


@EVERY_NET
def test_another_precision_than_the_weights_is_refused_and_theirs_is_not(make, shape):
    net = make()
    for dtype in (torch.float64, torch.float16):
        name = str(dtype).removeprefix("torch.")
        with pytest.raises(ValueError, match=rf"[xy] is {name} and the weights of \w+ are float32; convert"):
            net(torch.rand(shape, dtype=dtype))
    net.double()(torch.rand(shape, dtype=torch.float64))


@EVERY_NET
def test_in_mixed_precision_half_precision_passes(make, shape):
    net = make()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        net(torch.rand(shape))
        if net.__class__.__name__ not in ("Chain", "Autoencoder"):  # they add numbers of both precisions
            net(torch.rand(shape).bfloat16())


@EVERY_NET
def test_an_empty_batch_has_an_empty_answer(make, shape):
    net = make().eval()
    answer = net(torch.rand(shape)[:0])
    full = net(torch.rand(shape))
    if isinstance(full, tuple):
        answer, full = answer[0], full[0]
    assert answer.shape == (0, *full.shape[1:])


@EVERY_NET
def test_an_image_without_its_batch_is_refused(make, shape):
    if len(shape) == 4:
        with pytest.raises(ValueError, match=r"x\[None\]|does not fit|make the net for"):
            make()(torch.rand(shape[1:]))


def test_maps_of_no_images_are_empty():
    net = ResizeUNet(3, 3, width=4, depth=2)
    maps, full = net.features(torch.rand(0, 3, 16, 16)), net.features(torch.rand(1, 3, 16, 16))
    assert [each.shape[1:] for each in maps] == [each.shape[1:] for each in full]


def test_a_discriminator_takes_one_size():
    for depth in (1, 2, 3):
        net = DCGANDiscriminator(size=16, channels=3, width=4, depth=depth, spectral=True)
        assert net.size == 16
        net(torch.rand(2, 3, 16, 16))
        with pytest.raises(ValueError, match="judges images of side 16, got 17 × 16 pixels; resize them"):
            net(torch.rand(2, 3, 17, 16))


def test_images_are_judged_beside_as_many_others_of_their_size():
    net = PatchGAN(3, condition=1, field=7, width=4)
    for others in (torch.rand(1, 1, 16, 16), torch.rand(2, 1, 16, 8)):
        with pytest.raises(ValueError, match="give as many of both, in one size"):
            net(torch.rand(2, 3, 16, 16), others)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (torch.zeros(2), r"of shape \(batch, 5\), got \(2,\); reshape it"),
        (torch.zeros(3, 5), "3 rows of .* came for 2 images; give one for each"),
        (None, r"of 5 entries, got 0; give one of shape \(batch, 5\)"),
    ],
)
def test_noise_is_one_row_for_each_image(z, message):
    for net in (UNet(1, 1, width=2, depth=2, noise=5), ResizeUNet(1, 1, width=2, depth=2, noise=5)):
        with pytest.raises(ValueError, match=message):
            net(torch.rand(2, 1, 16, 16), z)


def test_a_velocity_takes_a_time_for_each_sample():
    with pytest.raises(ValueError, match=r"t of shape \(1,\) for 4 samples; t.expand"):
        VelocityMLP(2)(torch.rand(4, 2), torch.zeros(1))


def test_counts_of_heads_and_places_are_whole_numbers():
    with pytest.raises(TypeError, match=r"width counts and must be a whole number, got width=2\.5"):
        PatchHeads([3], width=2.5)
    with pytest.raises(ValueError, match="count must be at least 1, got count=0"):
        drawn_places([torch.zeros(1, 1, 4, 4)], count=0)


@pytest.mark.parametrize("make", IMAGE_NETS.values(), ids=IMAGE_NETS)
def test_images_of_other_channels_or_without_a_batch_are_refused(make):
    net, x = make(), torch.rand(2, 3, 16, 16)
    net(x)
    with pytest.raises(ValueError, match="this net takes images of 3 channels, got 1; convert them"):
        net(x[:, :1])
    with pytest.raises(ValueError, match=r"\(batch, channels, height, width\), got shape \(3, 16, 16\)"):
        net(x[0])


@pytest.mark.parametrize(("make", "timed"), ROW_NETS.values(), ids=ROW_NETS)
def test_samples_of_another_length_are_refused(make, timed):
    net, time = make(), (torch.zeros(4),) if timed else ()
    net(torch.rand(4, 2), *time)
    with pytest.raises(ValueError, match=r"takes samples of shape \(.*, 2\), got \(4, 3\); reshape them"):
        net(torch.rand(4, 3), *time)


def test_flows_say_it_too():
    with pytest.raises(ValueError, match=r"takes samples of shape \(.*, 2\), got \(4, 3\)"):
        VelocityFlow(VelocityMLP(2))(torch.rand(4, 3))
    with pytest.raises(ValueError, match=r"x of shape \(4, 3\) does not fit ResidualFlow, whose first"):
        residual_flow(2, steps=2, hidden=4)(torch.rand(4, 3))


@pytest.mark.parametrize(
    "net", [image_autoencoder(1, width=4, blocks=1), vector_autoencoder(1, size=16, width=4, depth=2)]
)
def test_images_that_would_come_back_in_another_size_are_refused(net):
    with pytest.raises(ValueError, match=r"shape \(1, 17, 17\) came back as"):
        net(torch.rand(2, 1, 17, 17))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: UNet(3, 3, width=True),
            TypeError,
            "width counts and must be a whole number, got width=True",
        ),
        (lambda: UNet(3.0, 3), TypeError, "inputs counts"),
        (lambda: VelocityMLP(2, hidden=(4, 0)), ValueError, "each of hidden must be at least 1"),
        (lambda: VelocityMLP(2, hidden=4), TypeError, "hidden must be several whole numbers, got 4"),
        (lambda: VelocityMLP(2, gain=torch.nan), ValueError, "gain must be a finite number, got gain=nan"),
        (lambda: ResidualNet("2"), TypeError, "dimension counts"),
        (lambda: DCGANGenerator(0), ValueError, "inputs must be at least 1, got inputs=0"),
        (lambda: DCGANDiscriminator(spectral="no"), TypeError, "spectral must be True or False"),
    ],
)
def test_sizes_that_make_no_net_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
