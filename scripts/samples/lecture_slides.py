"""The slides of the lecture, each drawn in the state it has at one moment."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from samples.draw import (
    Colour,
    Picture,
    Point,
    draw_cells,
    draw_line,
    draw_text,
    fill_circle,
    fill_polygon,
    fill_rectangle,
    scaled,
    text_width,
)

WIDTH, HEIGHT = 1280, 720

PAPER: Colour = (252, 252, 250)
INK: Colour = (58, 48, 42)
MUTED: Colour = (140, 130, 124)
ACCENT: Colour = (140, 84, 28)
WARM: Colour = (48, 110, 214)
PALE: Colour = (244, 232, 220)
TERMINAL: Colour = (46, 38, 34)

CELL_PIXELS = 15
LINE_PIXELS = 34
TERMINAL_ORIGIN = (132, 218)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedText:
    """Terminal lines of which a part is typed so far."""

    lines: tuple[str, ...]
    cursor_on: bool


def blank_slide(title: str, number: int) -> Picture:
    picture: Picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    fill_rectangle(picture, -2, -2, 14, HEIGHT + 2, ACCENT)
    draw_text(picture, title, (72, 108), scale=1.65, colour=INK, thickness=3)
    fill_rectangle(picture, 74, 134, 194, 139, WARM)
    draw_line(picture, [(72, 664), (1208, 664)], (222, 216, 212))
    draw_text(
        picture, "Data structures, lecture 4: hash tables", (72, 694), scale=0.56, colour=MUTED
    )
    label = f"{number} / 5"
    draw_text(picture, label, (1208 - text_width(label, 0.56), 694), scale=0.56, colour=MUTED)
    return picture


def title_slide(number: int) -> Picture:
    picture: Picture = np.full((HEIGHT, WIDTH, 3), ACCENT, np.uint8)
    for index in range(7):
        left = 760 + index * 78
        tone = scaled(ACCENT, 1.08 + 0.06 * (index % 3))
        fill_rectangle(picture, left, 90 + index * 30, left + 62, 620 - index * 22, tone)
    draw_text(picture, "Hash tables", (96, 320), scale=2.9, colour=(255, 255, 255), thickness=5)
    fill_rectangle(picture, 100, 352, 250, 359, WARM)
    draw_text(
        picture,
        "Finding a key without searching for it",
        (98, 416),
        scale=1.0,
        colour=(240, 226, 212),
        thickness=2,
    )
    draw_text(picture, "Data structures, lecture 4", (98, 600), scale=0.8, colour=(226, 206, 186))
    label = f"{number} / 5"
    draw_text(
        picture, label, (1208 - text_width(label, 0.56), 694), scale=0.56, colour=(226, 206, 186)
    )
    return picture


def bullet_slide(number: int, shown: int) -> Picture:
    picture = blank_slide("Why not simply a list?", number)
    bullets = (
        ("A list compares the key with every entry", "one million entries, half a million tests"),
        ("A sorted list halves the rest each time", "twenty tests, but inserting moves entries"),
        ("A hash table computes the place", "one test on average, however many entries"),
    )
    for index, (text, remark) in enumerate(bullets[:shown]):
        baseline = 236 + index * 138
        fill_circle(picture, (96, baseline - 11), 8, WARM)
        draw_text(picture, text, (128, baseline), scale=1.12, colour=INK, thickness=2)
        draw_text(picture, remark, (128, baseline + 46), scale=0.8, colour=MUTED)
    return picture


def _arrow(picture: Picture, start: Point, end: Point, colour: Colour) -> None:
    direction = np.subtract(end, start)
    direction = direction / np.hypot(*direction)
    across = np.asarray((-direction[1], direction[0]))
    neck = np.asarray(end) - direction * 16
    draw_line(picture, [start, (float(neck[0]), float(neck[1]))], colour, 3)
    fill_polygon(picture, np.asarray([end, neck + across * 8, neck - across * 8]), colour)


def _box(
    picture: Picture, corner: tuple[int, int], size: tuple[int, int], text: str, fill: Colour
) -> None:
    left, top = corner
    right, bottom = left + size[0], top + size[1]
    fill_rectangle(picture, left, top, right, bottom, fill)
    outline = [(left, top), (right, top), (right, bottom), (left, bottom)]
    draw_line(picture, outline, ACCENT, 2, closed=True)
    origin = (left + (size[0] - text_width(text, 0.8, 2)) // 2, top + size[1] // 2 + 9)
    draw_text(picture, text, origin, scale=0.8, colour=INK, thickness=2)


def diagram_slide(number: int, shown: int) -> Picture:
    """From a key to its bucket: three stages that appear one after the other."""
    picture = blank_slide("From a key to its bucket", number)
    _box(picture, (90, 330), (190, 84), '"pear"', PALE)
    draw_text(picture, "key", (90, 312), scale=0.7, colour=MUTED)
    if shown >= 1:
        _arrow(picture, (284, 372), (416, 372), ACCENT)
        _box(picture, (420, 316), (250, 112), "hash(key) % 8", (214, 232, 250))
        draw_text(picture, "hash function", (420, 298), scale=0.7, colour=MUTED)
    if shown >= 2:
        for row in range(8):
            fill = (196, 222, 250) if row == 5 else (255, 255, 255)
            _box(picture, (860, 180 + row * 56), (90, 56), str(row), fill)
        _arrow(picture, (674, 372), (854, 482), ACCENT)
        draw_text(picture, "buckets", (860, 164), scale=0.7, colour=MUTED)
    if shown >= 3:
        _arrow(picture, (954, 488), (1028, 488), WARM)
        _box(picture, (1032, 460), (150, 56), "pear: 12", PALE)
        _arrow(picture, (954, 264), (1028, 264), WARM)
        _box(picture, (1032, 236), (150, 56), "fig: 40", PALE)
    return picture


def terminal_slide(number: int, typed: TypedText) -> Picture:
    picture = blank_slide("Trying it out", number)
    left, top, right, bottom = 100, 166, 1180, 640
    fill_rectangle(picture, left + 4, top + 6, right + 4, bottom + 6, (226, 222, 218))
    fill_rectangle(picture, left, top, right, bottom, TERMINAL)
    fill_rectangle(picture, left, top, right, top + 30, (84, 74, 68))
    for index, colour in enumerate(((86, 95, 237), (64, 190, 250), (80, 196, 98))):
        fill_circle(picture, (left + 20 + index * 22, top + 15), 6, colour)
    draw_text(picture, "python", (612, top + 21), scale=0.5, colour=(206, 200, 196))
    column, baseline = TERMINAL_ORIGIN[0], TERMINAL_ORIGIN[1] + 18
    for row, line in enumerate(typed.lines):
        is_input = line.startswith((">>>", "..."))
        origin = (column, baseline + row * LINE_PIXELS)
        draw_cells(
            picture,
            line,
            origin,
            cell_pixels=CELL_PIXELS,
            scale=0.74,
            colour=(226, 228, 226) if is_input else (150, 214, 160),
        )
        if is_input:
            draw_cells(
                picture,
                line[:3],
                origin,
                cell_pixels=CELL_PIXELS,
                scale=0.74,
                colour=(226, 170, 110),
            )
    if typed.cursor_on and typed.lines:
        x = column + len(typed.lines[-1]) * CELL_PIXELS
        y = baseline + (len(typed.lines) - 1) * LINE_PIXELS
        fill_rectangle(picture, x, y - 21, x + 12, y + 5, (226, 228, 226))
    return picture


def _curve(
    picture: Picture, origin: Point, function: Callable[[float], float], colour: Colour
) -> None:
    loads = np.linspace(0.02, 0.95, 120)
    points = [
        (origin[0] + load * 820, origin[1] - min(function(float(load)), 10.2) * 36)
        for load in loads
    ]
    draw_line(picture, points, colour, 4)


def plot_slide(number: int, shown: int) -> Picture:
    """Tests per lookup against how full the table is, one curve after the other."""
    picture = blank_slide("How full may the table be?", number)
    origin = (170.0, 588.0)
    for tick in range(0, 11, 2):
        y = origin[1] - tick * 36
        draw_line(picture, [(origin[0], y), (origin[0] + 840, y)], (230, 226, 222))
        draw_text(picture, str(tick), (128, int(y) + 7), scale=0.6, colour=MUTED)
    for tick in range(0, 11, 2):
        label = f"{tick / 10:.1f}"
        x = origin[0] + tick * 82
        draw_text(
            picture, label, (int(x) - text_width(label, 0.6) // 2, 616), scale=0.6, colour=MUTED
        )
    draw_line(picture, [(origin[0], 212), origin, (origin[0] + 850, origin[1])], INK, 2)
    draw_text(picture, "tests per lookup", (128, 192), scale=0.66, colour=INK)
    draw_text(picture, "load", (1034, 596), scale=0.66, colour=INK)
    _curve(picture, origin, lambda load: 1 + load / 2, ACCENT)
    draw_text(picture, "chaining", (1000, 540), scale=0.8, colour=ACCENT, thickness=2)
    if shown >= 1:
        _curve(picture, origin, lambda load: (1 + 1 / (1 - load)) / 2, WARM)
        draw_text(picture, "open addressing", (966, 260), scale=0.8, colour=WARM, thickness=2)
    return picture


def draw_mouse(picture: Picture, tip: Point) -> None:
    shape = np.asarray([(0, 0), (0, 17), (4, 13.2), (7, 19.6), (9.6, 18.4), (6.8, 12.2), (12, 12)])
    points = shape * 1.25 + tip
    fill_polygon(picture, points, (20, 20, 20))
    draw_line(picture, points, (255, 255, 255), 1, closed=True)
