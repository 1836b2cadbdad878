"""Images kept as bytes: the same numbers as their bytes say, mirrored where asked, drawn as a pure function."""

import pytest
import torch

from udtlib.data.stored_images import StoredImagePairs, StoredImages


def images(count: int = 5, *, seed: int = 0, channels: int = 3) -> torch.Tensor:
    draws = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, channels, 4, 6), generator=draws, dtype=torch.uint8)


def draw(domain: StoredImages, *, count: int = 40, split: str = "train") -> torch.Tensor:
    return domain.draw(count, generator=torch.Generator().manual_seed(1), split=split).value


def as_bytes(value: torch.Tensor) -> torch.Tensor:
    return ((value + 1) * 127.5).round().to(torch.uint8)


def is_one_of(value: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    return (as_bytes(value)[:, None] == kept[None]).flatten(2).all(2).any(1)


def test_what_is_drawn_was_stored() -> None:
    domain = StoredImages(images(5), images(3, seed=9))
    assert domain.shape == (3, 4, 6)
    value = draw(domain)
    assert value.dtype == torch.float32
    assert value.min() >= -1
    assert value.max() <= 1
    assert is_one_of(value, domain.train).all()
    assert is_one_of(draw(domain, split="test"), domain.test).all()


def test_black_and_white_are_minus_one_and_one() -> None:
    ends = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2)
    assert draw(StoredImages(ends, ends), count=1).flatten().tolist() == [-1, 1]


def test_training_images_are_mirrored_half_of_the_time() -> None:
    domain = StoredImages(images(5), images(3, seed=9), mirror=True)
    value = draw(domain, count=400)
    straight, turned = is_one_of(value, domain.train), is_one_of(value, domain.train.flip(3))
    assert (straight | turned).all()
    assert 0.4 < turned.float().mean() < 0.6
    assert is_one_of(draw(domain, split="test"), domain.test).all()


def test_partners_stay_together_also_mirrored() -> None:
    x, y = images(7), images(7, seed=3, channels=1)
    source, target = StoredImages(x, x, mirror=True), StoredImages(y, y, mirror=True)
    pair = StoredImagePairs(source, target)
    batch = pair.batch(2, size=60, seed=0)
    both_x, both_y = torch.cat([x, x.flip(3)]), torch.cat([y, y.flip(3)])
    found = (as_bytes(batch.x)[:, None] == both_x[None]).flatten(2).all(2).float().argmax(1)
    assert torch.equal(as_bytes(batch.y), both_y[found])
    assert found.max() >= 7 > found.min(), "some mirrored, some not"
    again = pair.batch(2, size=60, seed=0)
    assert torch.equal(again.x, batch.x)
    assert not torch.equal(pair.batch(3, size=60, seed=0).x, batch.x)
    assert pair.answers(batch) is batch.y
    assert pair.paired


def test_what_does_not_fit_is_refused() -> None:
    good = images()
    with pytest.raises(ValueError, match=r"the train split is torch\.float32 .* expected bytes"):
        StoredImages(good.float(), good)
    with pytest.raises(ValueError, match="the test split has no images"):
        StoredImages(good, good[:0])
    with pytest.raises(ValueError, match="resize one of them"):
        StoredImages(good, good[..., :4])
    with pytest.raises(ValueError, match="the train split has 5 sources and 4 targets"):
        StoredImagePairs(StoredImages(good, good), StoredImages(good[:4], good))
    with pytest.raises(ValueError, match="mirror both or neither"):
        StoredImagePairs(StoredImages(good, good), StoredImages(good, good, mirror=True))
