"""Image files: formats, depth, orientation, transparency, and what is refused."""

import os
import struct
import zlib

import cv2
import numpy as np
import pytest
from helpers_arrays import plane, scene
from PIL import Image, ImageOps

from vidsum import InputError, UnsafeInputError, UsageError
from vidsum.jobs.stills.image import compare_images
from vidsum.options.stills import Stills
from vidsum.stills.reading import parse_background, read_still
from vidsum.stills.still import Look

GREY = Look(color=False, background=(255, 255, 255))
COLOUR = Look(color=True, background=(255, 255, 255))


def read(path, look=GREY, max_pixels=10**6, **options):
    return read_still(path, look, max_pixels=max_pixels, **options)


def pixels_of(path, look=COLOUR):
    """Return what was read, shape (height, width, channels)."""
    return np.stack(read(path, look).planes, axis=-1)


def colours(levels=256):
    rng = np.random.default_rng(1)
    return rng.integers(0, levels, (45, 61, 3)).astype(np.uint8 if levels == 256 else np.uint16)


def png(path, header, rows, *, transparent=None):
    """Write a PNG file by hand: Pillow writes no colours of 16 bits."""

    def chunk(kind, content):
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    raw = b"".join(b"\0" + row for row in rows)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + (b"" if transparent is None else chunk(b"tRNS", transparent))
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "webp", "tga", "pcx", "gif", "jp2"])
def test_colours_are_read_as_they_were_written(tmp_path, suffix):
    pixels = colours() if suffix != "gif" else np.repeat(colours()[..., :1], 3, axis=2)
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(pixels).save(path, **({"lossless": True} if suffix == "webp" else {}))
    assert np.array_equal(pixels_of(path), pixels)
    assert read(path).planes[0].shape == (45, 61)


def test_jpeg_is_read_as_pillow_reads_it(tmp_path):
    Image.fromarray(colours()).save(tmp_path / "image.jpg")
    with Image.open(tmp_path / "image.jpg") as image:
        assert np.array_equal(pixels_of(tmp_path / "image.jpg"), image)
        assert np.array_equal(read(tmp_path / "image.jpg").planes[0], image.convert("L"))


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_grey_of_16_bits_keeps_its_depth(tmp_path, suffix):
    levels = plane("random", (40, 50), levels=65536)
    cv2.imwrite(str(tmp_path / f"image.{suffix}"), levels)
    still = read(tmp_path / f"image.{suffix}")
    assert still.depth == 16
    assert np.array_equal(still.planes[0], levels)
    assert read(tmp_path / f"image.{suffix}", COLOUR).channels == ("grey",)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_colours_of_16_bits_keep_their_depth(tmp_path, suffix, channels):
    pixels = np.dstack([colours(65536), np.full((45, 61), 65535, np.uint16)])[..., :channels]
    order = [2, 1, 0, 3][:channels]
    cv2.imwrite(str(tmp_path / f"image.{suffix}"), pixels[..., order])
    still = read(tmp_path / f"image.{suffix}", COLOUR)
    assert still.depth == 16
    assert still.notes == ()
    assert np.array_equal(np.stack(still.planes, axis=-1), pixels[..., :3])
    difference = pixels.copy()
    difference[20, 30, 0] ^= 1
    cv2.imwrite(str(tmp_path / f"other.{suffix}"), difference[..., order])
    result = compare_images(
        tmp_path / f"image.{suffix}", tmp_path / f"other.{suffix}", stills=Stills(color=True)
    )
    assert result.channels["red"].mse == pytest.approx(1 / (45 * 61))


def test_depth_that_pillow_cannot_read_is_told_or_refused(tmp_path):
    rows = np.random.default_rng(0).integers(0, 65536, (20, 30, 2)).astype(">u2")
    header = struct.pack(">IIBBBBB", 30, 20, 16, 4, 0, 0, 0)
    path = png(tmp_path / "alpha.png", header, [row.tobytes() for row in rows])
    still = read(path)
    assert "only 8 of its 16 bits" in still.notes[0]
    tifffile = pytest.importorskip("tifffile")
    for compression in (None, "zlib"):
        tifffile.imwrite(
            tmp_path / "planes.tif",
            np.moveaxis(colours(65536), -1, 0),
            photometric="rgb",
            planarconfig="separate",
            compression=compression,
        )
        with pytest.raises(InputError, match=r"planes.tif: its samples of 16 bits are stored in"):
            read(tmp_path / "planes.tif")


def test_samples_without_a_white_are_refused(tmp_path):
    Image.fromarray(np.zeros((20, 30), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(InputError, match="floating-point numbers, which have no white"):
        read(tmp_path / "float.tif")
    Image.fromarray(np.full((20, 30), 70000, np.int32)).save(tmp_path / "wide.tif")
    with pytest.raises(InputError, match="reach from 70000 to 70000"):
        read(tmp_path / "wide.tif")


def test_black_and_white_and_palettes(tmp_path):
    bits = plane("random", (40, 50), levels=2) * 255
    Image.fromarray(bits).convert("1").save(tmp_path / "bits.png")
    assert np.array_equal(read(tmp_path / "bits.png").planes[0], bits)
    indexed = Image.fromarray(colours()).quantize(16)
    indexed.save(tmp_path / "palette.png")
    assert np.array_equal(pixels_of(tmp_path / "palette.png"), indexed.convert("RGB"))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_transparency_is_laid_over_the_background(tmp_path, mode):
    image = Image.fromarray(colours()).convert("RGBA")
    alpha = Image.fromarray(plane("random", (45, 61), seed=4))
    image.putalpha(alpha)
    if mode == "P":
        image = image.convert("RGB").quantize(8)
        image.info["transparency"] = 3
    elif mode == "PA":
        image = image.convert("RGB").quantize(8).convert("PA")
        image.putalpha(alpha)
    elif mode == "LA":
        image = image.convert("LA")
    path = tmp_path / ("image.tif" if mode == "PA" else "image.png")
    image.save(path)
    expected = Image.new("RGBA", image.size, (0, 128, 255, 255))
    with Image.open(path) as written:
        expected.alpha_composite(written.convert("RGBA"))
    shown = pixels_of(path, Look(color=True, background=(0, 128, 255)))
    off = np.abs(shown.astype(int) - np.asarray(expected.convert("RGB")))
    assert off.max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_the_one_transparent_colour_of_16_bits_is_laid_over_the_background(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 65536, (20, 30, channels)).astype(np.uint16)
    seen_through = np.array([1000, 2000, 3000][:channels], np.uint16)
    pixels[:5] = seen_through
    pixels[5] = seen_through + 1
    header = struct.pack(">IIBBBBB", 30, 20, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    rows = [row.astype(">u2").tobytes() for row in pixels]
    path = png(tmp_path / "x.png", header, rows, transparent=seen_through.astype(">u2").tobytes())
    pixels[:5] = 65535
    assert np.array_equal(pixels_of(path), pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_stand_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(scene((40, 61)))
    image.save(tmp_path / "image.png", exif=exif)
    image.save(tmp_path / "image.jpg", exif=exif)
    image.save(tmp_path / "image.tif", tiffinfo={0x0112: orientation})
    with Image.open(tmp_path / "image.png") as written:
        expected = np.asarray(ImageOps.exif_transpose(written))
    assert (expected.shape == (61, 40)) == (orientation >= 5)
    assert np.array_equal(read(tmp_path / "image.png").planes[0], expected)
    # Read by its name, Pillow 13 mixes up the pixels of this one.
    assert np.array_equal(read(tmp_path / "image.tif").planes[0], expected)
    turned = read(tmp_path / "image.jpg").planes[0]
    assert np.abs(turned.astype(int) - expected).mean() < 5


def test_of_several_pictures_the_first_one_is_compared_and_that_is_told(tmp_path):
    first, second = (Image.fromarray(scene((40, 50), seed=seed)) for seed in (0, 1))
    for name in ("pages.tif", "moving.gif", "moving.webp", "moving.png"):
        options = {"lossless": True} if name.endswith("webp") else {}
        first.save(tmp_path / name, save_all=True, append_images=[second], **options)
        still = read(tmp_path / name)
        assert still.notes == (
            f"{tmp_path / name} holds several pictures; the first one is compared",
        )
        assert np.array_equal(still.planes[0], first)
    first.save(tmp_path / "one.png")
    assert read(tmp_path / "one.png").notes == ()


def test_profiles_that_differ_are_told(tmp_path):
    image = Image.fromarray(colours())
    for name, profile in (("a.png", b"one"), ("b.png", b"other"), ("c.png", None)):
        image.save(tmp_path / name, icc_profile=profile)
    notes = compare_images(tmp_path / "a.png", tmp_path / "b.png").notes
    assert notes == ("their colour profiles differ, and are not applied",)
    assert compare_images(tmp_path / "a.png", tmp_path / "c.png").notes == ()


def truncated(path):
    Image.fromarray(colours()).save(path)
    path.write_bytes(path.read_bytes()[:-2000])


def postscript(path):
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


UNREADABLE = {
    "missing": (lambda path: None, "there is no such file"),
    "empty": (lambda path: path.touch(), "the file is empty"),
    "folder": (lambda path: path.mkdir(), "this is a folder"),
    "pipe": (os.mkfifo, "no regular file"),
    "text": (lambda path: path.write_text("no image\n" * 99), "no image, or in no format"),
    "postscript": (postscript, "no image, or in no format"),
    "random": (
        lambda path: path.write_bytes(np.random.default_rng(1).bytes(5000)),
        "no image, or in no format",
    ),
    "truncated": (truncated, "cannot be decoded"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path, kind):
    make, says = UNREADABLE[kind]
    path = tmp_path / "bad\n.png"
    make(path)
    with pytest.raises(InputError, match=says) as told:
        compare_images(path, scene((45, 61)))
    assert str(told.value).startswith(f"{tmp_path}/bad\\n.png: ")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("step", range(12))
def test_damaged_files_are_read_or_told(tmp_path, step):
    rng = np.random.default_rng(step)
    for name in ("a.png", "a.jpg", "a.tif", "a.gif", "a.webp", "a.bmp", "a.jp2"):
        path = tmp_path / name
        Image.fromarray(colours()).save(path)
        content = bytearray(path.read_bytes())
        for place in rng.integers(0, min(len(content), 400), 5):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            read(path)
        except (InputError, UnsafeInputError) as error:
            assert "\n" not in str(error)


def test_images_with_too_many_pixels_are_refused_before_they_are_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 40_000, 30_000, 8, 2, 0, 0, 0)
    bomb = png(tmp_path / "bomb.png", header, [b"\0" * 120_000])
    with pytest.raises(UnsafeInputError, match=r"40000x30000 are 1200000000 pixels, more than"):
        compare_images(bomb, bomb)
    assert Image.MAX_IMAGE_PIXELS is not None
    Image.fromarray(scene((45, 61))).save(tmp_path / "image.png")
    with pytest.raises(UnsafeInputError, match="--max-pixels 2000; raise that if you trust"):
        read(tmp_path / "image.png", max_pixels=2000)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_images_larger_than_the_limit_of_pillow_are_read(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.fromarray(scene((45, 61))).save(tmp_path / f"image.{suffix}")
    assert read(tmp_path / f"image.{suffix}").size == (61, 45)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_addresses_are_refused():
    with pytest.raises(UnsafeInputError, match="inputs are local files"):
        compare_images("https://example.com/a.png", "b.png")


def test_jpeg_may_be_decoded_smaller_but_not_too_small(tmp_path):
    Image.fromarray(scene((800, 1200))).save(tmp_path / "image.jpg")
    assert read(tmp_path / "image.jpg", at_least=200).size == (300, 200)
    assert read(tmp_path / "image.jpg", at_least=201).size == (600, 400)


def test_backgrounds_are_names_or_numbers():
    assert parse_background("magenta") == (255, 0, 255)
    assert parse_background("#102030") == (16, 32, 48)
    with pytest.raises(UsageError, match="--background is 'whit'"):
        parse_background("whit")
