"""What a net cannot take is said in one sentence, and never in PyTorch's words about matrices."""

import pytest
import torch

from udtlib.nets.autoencoder import image_autoencoder
from udtlib.nets.dcgan import DCGANDiscriminator, DCGANGenerator
from udtlib.nets.encoder import CNNEncoder, ResNetEncoder
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
    "velocity": (lambda: VelocityMLP(2), True),
}


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
