"""The reference clip: a camera pans over a lake with a boat and a train along the shore."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from samples.draw import (
    Colour,
    FloatPicture,
    Picture,
    draw_cells,
    ellipse_points,
    fill_polygon,
    fill_rectangle,
)
from samples.labels import Json
from samples.landscape_layers import (
    HEIGHT,
    PAN_PIXELS,
    RAILWAY_ROW,
    WIDTH,
    Layer,
    meadow_layer,
    mountain_layer,
    shore_layer,
    sky_layer,
)
from samples.video import Encoding, to_yuv420

# At this rate the half second that the transcoded clip lacks is a whole number of frames.
RATE = 24
DURATION_SECONDS = 12.0
SEED = 4711
SIZE = (WIDTH, HEIGHT)
ENCODING = Encoding(quality=21.5, preset="slow", keyframe_interval=5 * RATE)


def _pan(seconds: float) -> float:
    """Pixels the nearest layer has moved: the camera sways while it pans."""
    part = seconds / DURATION_SECONDS
    return PAN_PIXELS * (part + 0.03 * float(np.sin(4 * np.pi * part)))


def _lay_over(picture: FloatPicture, layer: Layer, pan: float) -> None:
    matrix = np.asarray([[1, 0, -pan * layer.nearness], [0, 1, 0]], np.float32)
    colour = cv2.warpAffine(
        layer.colour,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    alpha = cv2.warpAffine(
        layer.alpha,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    picture += (colour - picture) * alpha[:, :, None]


def _draw_over(picture: FloatPicture, draw: Callable[[Picture], None]) -> FloatPicture:
    sharp = np.clip(picture, 0, 255).astype(np.uint8)
    draw(sharp)
    return sharp.astype(np.float32)


def _draw_train(picture: Picture, front: float) -> None:
    rail = RAILWAY_ROW - 1
    for car in range(5):
        right = front - car * 62
        left = right - 58
        body: Colour = (52, 52, 178) if car == 0 else (186, 196, 204)
        outline = [(left, rail - 19), (right, rail - 19), (right, rail - 2), (left, rail - 2)]
        if car == 0:
            outline = [
                (left, rail - 19),
                (right - 12, rail - 19),
                (right, rail - 8),
                (right, rail - 2),
                (left, rail - 2),
            ]
        fill_polygon(picture, outline, body)
        fill_rectangle(picture, left, rail - 6, right, rail - 4, (56, 56, 150))
        for pane in range(5):
            start = left + 4 + pane * 9.5
            fill_rectangle(picture, start, rail - 16, start + 6.5, rail - 10, (70, 60, 52))
        for wheel in (9, 19, 39, 49):
            fill_polygon(
                picture, ellipse_points((left + wheel, rail - 1), (3, 3), 12), (40, 40, 42)
            )


def _draw_boat(picture: Picture, x: float, seconds: float) -> None:
    sway = 0.05 * float(np.sin(2.1 * seconds))
    cosine, sine = float(np.cos(sway)), float(np.sin(sway))
    y = 402 + 2.5 * float(np.sin(1.7 * seconds))

    def placed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + a * cosine - b * sine, y + a * sine + b * cosine) for a, b in points]

    wake = [(x - 60, y + 12), (x - 150, y + 22), (x - 190, y + 20), (x - 62, y + 7)]
    fill_polygon(picture, wake, (206, 186, 160))
    fill_polygon(picture, ellipse_points((x, y + 13), (56, 5)), (92, 70, 48))
    fill_polygon(picture, placed([(-62, -6), (64, -8), (48, 12), (-50, 12)]), (236, 238, 240))
    fill_polygon(picture, placed([(-58, 4), (56, 4), (48, 12), (-50, 12)]), (70, 60, 160))
    fill_polygon(picture, placed([(-4, -8), (0, -8), (0, -118), (-4, -118)]), (70, 90, 110))
    fill_polygon(picture, placed([(4, -14), (4, -114), (52, -18)]), (240, 244, 246))
    fill_polygon(picture, placed([(-8, -14), (-8, -106), (-48, -16)]), (214, 222, 230))


def _draw_time_code(picture: Picture, number: int) -> None:
    text = f"{number // RATE // 60:02d}:{number // RATE % 60:02d}:{number % RATE:02d}"
    picture[490:526, 24:168] = (picture[490:526, 24:168] * 0.35).astype(np.uint8)
    draw_cells(picture, text, (36, 516), cell_pixels=15, scale=0.72, colour=(240, 240, 240))


class LandscapeScene:
    """Draws the layers of the landscape once and moves them for each frame."""

    def __init__(self) -> None:
        generator = np.random.default_rng(SEED)
        self._far = (
            sky_layer(generator),
            mountain_layer(
                generator,
                nearness=0.2,
                base=262,
                rise=190,
                colour=(132, 112, 98),
                haze=0.5,
                roughness_pixels=300,
            ),
            mountain_layer(
                generator,
                nearness=0.33,
                base=284,
                rise=92,
                colour=(86, 108, 92),
                haze=0.24,
                roughness_pixels=220,
            ),
            shore_layer(generator),
        )
        self._near = meadow_layer(generator)
        self.frames = round(DURATION_SECONDS * RATE)

    def picture(self, number: int) -> Picture:
        """The picture of one frame."""
        seconds = number / RATE
        pan = _pan(seconds)
        scene: FloatPicture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        for layer in self._far:
            _lay_over(scene, layer, pan)
        train = -60 + 150 * seconds - 0.55 * pan
        boat = 240 + 74 * seconds - 0.75 * pan
        scene = _draw_over(scene, lambda sharp: _draw_train(sharp, train))
        scene = _draw_over(scene, lambda sharp: _draw_boat(sharp, boat, seconds))
        _lay_over(scene, self._near, pan)
        finished = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
        _draw_time_code(finished, number)
        return finished

    def render(self) -> Iterator[tuple[int, Picture]]:
        """Yield each frame's timestamp (in frame durations) and planar picture."""
        for number in range(self.frames):
            yield number, to_yuv420(self.picture(number))


def labels(frames: int) -> dict[str, Json]:
    return {
        "fps": RATE,
        "frames": frames,
        "note": "The camera pans all the time, so that no two frames are alike.",
    }
