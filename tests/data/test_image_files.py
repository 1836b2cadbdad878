"""One image file: whatever its kind, the pixels that a viewer shows; or one message that says why not."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.properties import examples
from udtlib.data.formats import DataError
from udtlib.data.image_files import centre_square, read_image, resized, write_png

ROOMY = examples(60)


def pixels(height: int = 6, width: int = 9, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def read(path: Path) -> np.ndarray:
    image = read_image(path)
    assert image.mode == "RGB"
    return np.asarray(image)


def bytes_of(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", ["png", "PNG", "webp", "bmp", "tiff", "ppm"])
def test_colours_come_back(tmp_path: Path, ending: str) -> None:
    image = pixels()
    options = {"lossless": True} if ending == "webp" else {}
    Image.fromarray(image).save(tmp_path / f"a.{ending}", **options)
    np.testing.assert_array_equal(read(tmp_path / f"a.{ending}"), image)


def test_the_content_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(bytes_of(Image.new("RGB", (8, 8), (200, 10, 30)), "JPEG", quality=95))
    np.testing.assert_allclose(read(tmp_path / "a.png"), np.broadcast_to([200, 10, 30], (8, 8, 3)), atol=4)


def test_black_and_white_and_grey(tmp_path: Path) -> None:
    grey = pixels(channels=1)[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read(tmp_path / "grey.png"), grey[..., None].repeat(3, -1))
    Image.fromarray(grey).point(lambda v: 255 * (v > 99)).convert("1").save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read(tmp_path / "bits.png"), 255 * (grey > 99)[..., None].repeat(3, -1))


@pytest.mark.parametrize("kind", ["png", "tiff", "pgm"])
def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path, kind: str) -> None:
    values = np.array([[0, 128, 129, 257], [32768, 65407, 65534, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"deep.{kind}")
    expected = np.array([[0, 0, 1, 1], [128, 255, 255, 255]])
    np.testing.assert_array_equal(read(tmp_path / f"deep.{kind}")[..., 0], expected)


def test_a_see_through_value_of_sixteen_bits(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 30000]], np.uint16))
    image.save(tmp_path / "a.png", transparency=0)
    with Image.open(tmp_path / "a.png") as file:
        assert file.info["transparency"] == 0, "else this test tests nothing"
    assert read(tmp_path / "a.png")[0, :, 0].tolist() == [255, 117]


def test_values_whose_white_is_unknown_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2), np.float32)).save(tmp_path / "f.tiff")
    with pytest.raises(DataError, match=r"f\.tiff cannot be read .* kind 'F' from 0\.0 to 0\.0"):
        read(tmp_path / "f.tiff")
    Image.fromarray(np.array([[0, 70000]], np.int32)).save(tmp_path / "i.tiff")
    with pytest.raises(DataError, match=r"from 0 to 70000, expected 0 to 65535"):
        read(tmp_path / "i.tiff")


def test_see_through_pixels_lie_on_white(tmp_path: Path) -> None:
    colours, opacity = pixels(), pixels(channels=1)
    Image.fromarray(np.concatenate([colours, opacity], -1)).save(tmp_path / "a.png")
    expected = (colours.astype(float) * opacity + 255.0 * (255 - opacity)) / 255
    np.testing.assert_allclose(read(tmp_path / "a.png"), expected, atol=1)
    grey = np.concatenate([colours[..., :1], opacity], -1)
    Image.fromarray(grey, "LA").save(tmp_path / "la.png")
    np.testing.assert_allclose(read(tmp_path / "la.png")[..., :1], expected[..., :1], atol=1)


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_a_palette_with_a_see_through_entry(tmp_path: Path, kind: str) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    image.save(tmp_path / f"a.{kind}", transparency=0)
    assert read(tmp_path / f"a.{kind}").tolist() == [[[255, 255, 255], [0, 0, 255]]]


@pytest.mark.parametrize("kind", ["tiff", "jpeg"])
def test_printers_colours(tmp_path: Path, kind: str) -> None:
    options = {"quality": 98} if kind == "jpeg" else {}
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / f"a.{kind}", **options)
    np.testing.assert_allclose(read(tmp_path / f"a.{kind}"), np.broadcast_to([255, 0, 0], (8, 8, 3)), atol=3)


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tiff"])
def test_the_first_frame_of_an_animation(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:], **options)
    assert (read(tmp_path / f"a.{kind}") == [255, 0, 0]).all()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_an_image_is_turned_as_its_camera_says(tmp_path: Path, kind: str, turn: int) -> None:
    upright = Image.new("RGB", (32, 16), "white")
    upright.paste("black", (0, 0, 16, 16))
    stored = upright.rotate({1: 0, 3: 180, 6: 90, 8: 270}[turn], expand=True)
    exif = Image.Exif()
    exif[0x0112] = turn
    stored.save(tmp_path / f"a.{kind}", exif=exif, **({"lossless": True} if kind == "webp" else {}))
    np.testing.assert_allclose(read(tmp_path / f"a.{kind}"), np.asarray(upright), atol=2)


def test_deep_grey_is_turned_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(tmp_path / "a.png", exif=exif)
    assert read(tmp_path / "a.png")[0, :, 0].tolist() == [255, 0]


def test_too_many_pixels_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (40, 40)).save(tmp_path / "a.png")
    for limit in (1000, 300):  # within and beyond twice the limit: Pillow warns of one and refuses the other
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(
            DataError, match=r"a\.png unpacks to too many pixels .*1600 pixels.*shrink it first"
        ):
            read(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_files_that_broke_off_are_refused(tmp_path: Path, kind: str) -> None:
    content = bytes_of(Image.fromarray(pixels(64, 64)), kind)
    for part in (0.05, 0.5, 0.9):
        (tmp_path / "a.img").write_bytes(content[: int(part * len(content))])
        with pytest.raises(DataError, match=r"a\.img cannot be read as an image .* whole image file"):
            read(tmp_path / "a.img")


def test_other_programs_are_not_started(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    )
    with pytest.raises(DataError, match=r"cannot identify image file"):
        read(tmp_path / "a.png")


def test_missing_and_forbidden_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png cannot be read as an image .*No such file"):
        read(tmp_path / "gone.png")
    with pytest.raises(DataError, match=r"cannot be read as an image"):
        read(tmp_path)


def message_of(path: Path) -> str | None:
    """What is said of a file that cannot be read."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return None


@ROOMY
@given(
    content=st.binary(max_size=200), kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", ""])
)
def test_any_bytes_are_an_image_or_one_message(tmp_path: Path, content: bytes, kind: str) -> None:
    start = bytes_of(Image.fromarray(pixels()), kind)[:40] if kind else b""
    (tmp_path / "a.png").write_bytes(start + content)
    said = message_of(tmp_path / "a.png")
    assert said is None or str(tmp_path / "a.png") in said


@ROOMY
@given(
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]),
    width=st.integers(1, 12),
    height=st.integers(1, 12),
)
def test_every_kind_of_pixel_is_read(tmp_path: Path, mode: str, width: int, height: int) -> None:
    kind = "tiff" if mode == "CMYK" else "png"
    Image.new(mode, (width, height)).save(tmp_path / f"a.{kind}")
    assert read(tmp_path / f"a.{kind}").shape == (height, width, 3)


def test_a_large_jpeg_is_read_at_a_fraction(tmp_path: Path) -> None:
    Image.new("RGB", (1600, 800), (90, 140, 200)).save(tmp_path / "a.jpg", quality=95)
    small = read_image(tmp_path / "a.jpg", least=100)
    assert small.size == (200, 100)
    np.testing.assert_allclose(np.asarray(small)[50, 50], [90, 140, 200], atol=3)


def test_the_middle_square_is_the_mean_over_areas() -> None:
    image = np.zeros((4, 10, 3), np.uint8)
    image[:, 3:7] = np.arange(16).reshape(4, 4, 1) * 10
    square = np.asarray(centre_square(Image.fromarray(image), size=2))[..., 0]
    np.testing.assert_allclose(square, [[25, 45], [105, 125]], atol=1)


def test_small_images_are_enlarged() -> None:
    assert centre_square(Image.new("RGB", (3, 1), "red"), size=8).size == (8, 8)
    assert resized(Image.new("L", (3, 5)), (6, 4)).size == (6, 4)


def test_a_png_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    write_png(Image.fromarray(pixels()), path)
    np.testing.assert_array_equal(read(path), pixels())
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode

    def fail(self: Image.Image, file: io.BufferedIOBase, **options: object) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        write_png(Image.new("RGB", (2, 2)), path)
    np.testing.assert_array_equal(read(path), pixels())
    assert sorted(os.listdir(tmp_path)) == ["a.png", "plain"]
