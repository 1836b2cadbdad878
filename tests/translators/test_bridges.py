"""Frames of latent spaces, and rotations between them."""

from __future__ import annotations

import pytest
import torch

from udtlib.translators.bridges import Frame, rigid_bridge
from udtlib.transport.procrustes import nearest_rotation


def test_a_frame_takes_the_mean_and_the_unit_away() -> None:
    z = 5 + 3 * torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    frame = Frame.of(z)
    inside = frame.enter(z)
    torch.testing.assert_close(inside.mean(0), torch.zeros(4), atol=1e-5, rtol=0)
    assert float(torch.pdist(inside).mean()) == pytest.approx(1, abs=1e-5)
    torch.testing.assert_close(frame.leave(inside), z, atol=1e-5, rtol=0)


def test_a_similarity_between_spaces_is_found_in_their_frames() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(200, 3, generator=generator) * torch.tensor([3.0, 2.0, 1.0]) + 4
    rotation = torch.linalg.qr(torch.randn(3, 3, generator=generator)).Q
    y = 0.2 * x @ rotation - 7
    source, target = Frame.of(x), Frame.of(y)
    bridge = rigid_bridge(source, target, nearest_rotation(source.enter(x), target.enter(y)))
    torch.testing.assert_close(bridge(x), y, atol=1e-4, rtol=0)
    torch.testing.assert_close(bridge.inverse(y), x, atol=1e-4, rtol=0)


def test_codes_without_a_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="collapsed"):
        Frame.of(torch.ones(5, 2))
    with pytest.raises(ValueError, match="at least two codes, got 1"):
        Frame.of(torch.ones(1, 2))
