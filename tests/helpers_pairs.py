"""Short films as arrays, bad copies of them, and what was paired."""

import dataclasses
from bisect import bisect_right
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np
from helpers_arrays import scene, to_levels, with_grain, with_object

from vidsum.frame import Frame
from vidsum.quality.offset import Looks, find_offset
from vidsum.quality.pairing import Pair, Pairing
from vidsum.quality.signature import SIDE, signature

SHAPE = (96, 128)
RATE = 25
BLACK = np.full(SHAPE, 16, np.uint8)


def texture(shape, *, seed=0):
    """Return soft spots of all levels."""
    spots = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, shape), (0, 0), 4)
    return to_levels(120 + spots / spots.std() * 35)


def pan(count, step=3.0, *, seed=0):
    """Return a film in which the camera moves by `step` samples a frame over a texture."""
    height, width = SHAPE
    wide = texture((height, width + int(count * step) + 4), seed=seed)
    moves = (np.array([[1, 0, -number * step], [0, 1, 0.0]]) for number in range(count))
    return [cv2.warpAffine(wide, move, (width, height)) for move in moves]


def cuts(count, every=10):
    """Return a film of short takes."""
    takes = (pan(every, 2, seed=50 + number) for number in range(count // every))
    return [picture for take in takes for picture in take]


def unrelated(count):
    """Return a film of pictures that have nothing to do with each other."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, SHAPE, np.uint8) for _ in range(count)]


def flicker(count):
    """Return a film that is lighter and darker by turns, while the camera moves."""
    return [to_levels(p * (1.2 - 0.4 * (n % 2))) for n, p in enumerate(pan(count, 1, seed=5))]


def standing(count, *, grain=1.0):
    """Return a film in which nothing moves, with fresh grain in each picture."""
    still = scene(SHAPE, seed=3)
    return [with_grain(still, grain, seed=number) for number in range(count)]


def mover(count, step=7):
    """Return a film in which nothing but a small square moves."""
    lefts = (number * step % (SHAPE[1] - 12) for number in range(count))
    return [with_object(p, x, 40, 12, 220) for p, x in zip(standing(count), lefts, strict=True)]


def loop(count, period):
    """Return a film that shows the same again after `period` frames."""
    around = texture((200, 300), seed=9)
    turns = (2 * np.pi * (number % period) / period for number in range(count))
    corners = ((round(50 + 30 * np.sin(turn)), round(80 + 40 * np.cos(turn))) for turn in turns)
    return [around[y : y + SHAPE[0], x : x + SHAPE[1]] for y, x in corners]


def trembling(count, period):
    """Return a film that goes to and fro, and shows nearly the same after `period` frames."""
    height, width = SHAPE
    wide = texture((height, width + 10), seed=4)
    lefts = (5 + 2 * np.sin(2 * np.pi * number / period) for number in range(count))
    moves = (np.array([[1, 0, -left], [0, 1, 0.0]]) for left in lefts)
    return [cv2.warpAffine(wide, move, (width, height)) for move in moves]


def fading_in(film, frames=20):
    """Return `film` that comes out of the black."""
    weights = (min(number / frames, 1) for number in range(len(film)))
    return [to_levels(16 + (p - 16.0) * weight) for p, weight in zip(film, weights, strict=True)]


def copied(film, *, quality=15, grain=2.0, blur=1.0, gain=1.0, lift=0.0, size=None):
    """Return `film` as a bad copy has it; `size` is (height, width)."""
    copies = []
    for number, picture in enumerate(film):
        soft = cv2.GaussianBlur(picture, (0, 0), blur)
        rough = with_grain(soft * gain + lift, grain, seed=1000 + number)
        if size:
            rough = cv2.resize(rough, size[::-1], interpolation=cv2.INTER_AREA)
        coarse = cv2.imencode(".jpg", rough, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        copies.append(cv2.imdecode(coarse, cv2.IMREAD_GRAYSCALE))
    return copies


def frames(film, *, rate=RATE, times=None):
    """Return `film` as frames; `times` are in seconds, else the rate gives them."""
    if times is None:
        times = [number / Fraction(rate) for number in range(len(film))]
    return [
        Frame(number=number, time=Fraction(time).limit_denominator(10**6), luma=picture)
        for number, (picture, time) in enumerate(zip(film, times, strict=True))
    ]


def resampled(film, rate, other):
    """Return `film` at another rate as FFmpeg's `fps` filter does: the last that is due."""
    due = [int(Fraction(number * other, rate) + Fraction(1, 2)) for number in range(len(film))]
    return [film[bisect_right(due, number) - 1] for number in range(len(film) * other // rate)]


def looks(film, begin=0.0, seconds=np.inf):
    """Return a stretch of frames as signatures, its times counted from the first frame of all."""
    times = np.array([float(frame.time - film[0].time) for frame in film])
    within = np.flatnonzero((times >= begin) & (times < begin + seconds))
    rows = [signature(film[number].luma) for number in within]
    signatures = np.array(rows, np.float32).reshape(len(rows), SIDE * SIDE)
    return Looks(times=times[within], signatures=signatures)


class Paired(NamedTuple):
    """The result of a pairing."""

    pairs: list
    """Numbers of the reference's frame and of the copy's."""
    singles: list
    moving: int
    searches: list
    """From which times on the shift was looked for again."""

    @property
    def runs(self):
        """The pairs as runs: where each begins in the reference and in the copy, and its length."""
        found = []
        for here, there in self.pairs:
            if found and (here, there) == (found[-1][0] + found[-1][2], sum(found[-1][1:])):
                found[-1] = (*found[-1][:2], found[-1][2] + 1)
            else:
                found.append((here, there, 1))
        return found

    @property
    def faults(self):
        """Numbers of the frames without a partner by what they are; empty lists are left out."""
        lists = {}
        for single in self.singles:
            of = {True: "reference", False: "copy"}[single.in_reference]
            why = single.why.value
            name = f"{of} {why}" if why == "outside" else why
            lists.setdefault(name, []).append(single.number)
        return lists


def pair_up(reference, distorted, *, searching=False, max_offset=10.0, **options):
    """Pair the frames of two lists; `searching` as a run does that looks into the files again."""
    searches = []

    def search(here, there):
        searches.append((here, there))
        sides = (looks(reference, here, 15), looks(distorted, there, 15))
        one, other = (
            dataclasses.replace(side, times=side.times - since)
            for side, since in zip(sides, (here, there), strict=True)
        )
        found = find_offset(one, other, max_offset)
        return found and dataclasses.replace(found, seconds=found.seconds + there - here)

    options = {"frame_seconds": 1 / RATE, **options}
    pairing = Pairing(reference, distorted, search=search if searching else None, **options)
    told = list(pairing)
    for film, name in ((reference, "reference"), (distorted, "distorted")):
        numbers = list(numbers_of(told, name))
        assert numbers == [frame.number for frame in film], "each frame once, and in order"
    pairs = [one for one in told if isinstance(one, Pair)]
    singles = [one for one in told if not isinstance(one, Pair)]
    assert all(
        one.time == (reference if one.in_reference else distorted)[one.number].time
        for one in singles
    )
    numbers = [(pair.reference.number, pair.distorted.number) for pair in pairs]
    return Paired(numbers, singles, pairing.moving, searches)


def numbers_of(told, name):
    """Yield the numbers of one video's frames, in the order in which they were reported."""
    for one in told:
        if isinstance(one, Pair):
            yield getattr(one, name).number
        elif one.in_reference == (name == "reference"):
            yield one.number
