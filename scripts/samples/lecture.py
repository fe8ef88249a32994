"""The lecture: a screen recording of slides, typing and a mouse pointer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from samples.draw import Picture, Point, smoothstep
from samples.labels import Json, LabelledObject, clip_labels
from samples.lecture_slides import (
    HEIGHT,
    WIDTH,
    TypedText,
    bullet_slide,
    diagram_slide,
    draw_mouse,
    plot_slide,
    terminal_slide,
    title_slide,
)
from samples.video import Encoding, to_yuv420

RATE = 10
DURATION_SECONDS = 46.0
SIZE = (WIDTH, HEIGHT)
ENCODING = Encoding(quality=22, preset="slower", tune="animation", keyframe_interval=20 * RATE)

_BLINK_SECONDS = 1.0
_PROMPTS = (">>> ", "... ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `seconds` on the screen shows what `draw` draws."""

    name: str
    seconds: float
    draw: Callable[[], Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """Lines that are typed one character per frame, appended to what the terminal shows.

    A prompt is there before its line is typed; `output` appears one frame after the last
    character.
    """

    name: str
    seconds: float
    lines: tuple[str, ...]
    output: tuple[str, ...] = ()

    def frames(self) -> int:
        """Frames from the first character to the output, both included."""
        return sum(len(line) - _prompt_length(line) for line in self.lines) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MouseMove:
    """A movement of the mouse pointer from wherever it is to `target`."""

    start_seconds: float
    end_seconds: float
    target: Point


def _prompt_length(line: str) -> int:
    return len(_PROMPTS[0]) if line.startswith(_PROMPTS) else 0


CHANGES = (
    Change(name="title slide", seconds=0.0, draw=partial(title_slide, 1)),
    Change(name="slide 2", seconds=5.5, draw=partial(bullet_slide, 2, 0)),
    Change(name="first bullet", seconds=7.5, draw=partial(bullet_slide, 2, 1)),
    Change(name="second bullet", seconds=10.5, draw=partial(bullet_slide, 2, 2)),
    Change(name="third bullet", seconds=13.0, draw=partial(bullet_slide, 2, 3)),
    Change(name="slide 3", seconds=16.5, draw=partial(diagram_slide, 3, 0)),
    Change(name="hash function", seconds=18.5, draw=partial(diagram_slide, 3, 1)),
    Change(name="buckets", seconds=20.5, draw=partial(diagram_slide, 3, 2)),
    Change(name="entries", seconds=22.5, draw=partial(diagram_slide, 3, 3)),
    Change(name="slide 5", seconds=39.5, draw=partial(plot_slide, 5, 0)),
    Change(name="second curve", seconds=42.5, draw=partial(plot_slide, 5, 1)),
)
TERMINAL_SECONDS = 25.5
TYPINGS = (
    Typing(
        name="typing the definition",
        seconds=27.0,
        lines=(">>> def bucket(key):", "...     return hash(key) % 8", "... "),
    ),
    Typing(name="typing the first call", seconds=33.0, lines=(">>> bucket(17)",), output=("1",)),
    Typing(name="typing the second call", seconds=36.0, lines=(">>> bucket(25)",), output=("1",)),
)
MOUSE_START: Point = (820.0, 470.0)
MOUSE_MOVES = (
    MouseMove(start_seconds=2.5, end_seconds=3.6, target=(640.0, 440.0)),
    MouseMove(start_seconds=8.6, end_seconds=9.6, target=(1010.0, 250.0)),
    MouseMove(start_seconds=14.2, end_seconds=15.4, target=(760.0, 528.0)),
    MouseMove(start_seconds=21.2, end_seconds=22.0, target=(818.0, 590.0)),
    MouseMove(start_seconds=23.4, end_seconds=24.5, target=(1120.0, 566.0)),
    MouseMove(start_seconds=40.4, end_seconds=41.6, target=(700.0, 470.0)),
    MouseMove(start_seconds=44.0, end_seconds=45.0, target=(860.0, 330.0)),
)


def _frame(seconds: float) -> int:
    return round(seconds * RATE)


def _typed_lines(typing: Typing, characters: int) -> tuple[str, ...]:
    """Lines of a stretch after so many typed characters; output follows the last one."""
    shown: list[str] = []
    for line in typing.lines:
        prompt = _prompt_length(line)
        shown.append(line[: prompt + characters])
        characters -= len(line) - prompt
        if characters < 0:
            return tuple(shown)
    if characters == 0:
        return tuple(shown)
    return (*shown, *typing.output, _PROMPTS[0])


def _terminal_state(number: int) -> TypedText:
    lines: tuple[str, ...] = (_PROMPTS[0],)
    busy = False
    for typing in TYPINGS:
        # The first character appears in the first frame of the stretch.
        characters = number - _frame(typing.seconds) + 1
        if characters <= 0:
            break
        # What is typed starts on the line whose prompt is already there.
        lines = lines[:-1] + _typed_lines(typing, characters)
        busy = characters <= typing.frames()
    blink_on = (number / RATE) % _BLINK_SECONDS < _BLINK_SECONDS / 2
    return TypedText(lines=lines, cursor_on=busy or blink_on)


def _slide(number: int) -> Picture:
    shown = [change for change in CHANGES if _frame(change.seconds) <= number][-1]
    terminal = _frame(TERMINAL_SECONDS)
    if terminal <= number and _frame(shown.seconds) < terminal:
        return terminal_slide(4, _terminal_state(number))
    return shown.draw()


def _mouse_position(seconds: float) -> Point:
    position = MOUSE_START
    for move in MOUSE_MOVES:
        part = smoothstep(seconds, move.start_seconds, move.end_seconds)
        # A hand moves the pointer along an arc rather than a straight line.
        bow = 40.0 * part * (1.0 - part)
        position = (
            position[0] + (move.target[0] - position[0]) * part,
            position[1] + (move.target[1] - position[1]) * part - bow,
        )
    return position


def frame_count() -> int:
    return round(DURATION_SECONDS * RATE)


def picture(number: int) -> Picture:
    screen = _slide(number)
    draw_mouse(screen, _mouse_position(number / RATE))
    return screen


def render() -> Iterator[tuple[int, Picture]]:
    for number in range(frame_count()):
        yield number, to_yuv420(picture(number))


def labels() -> dict[str, Json]:
    """What the first frame shows is no change, so it is not labelled."""
    objects = [
        LabelledObject(name=change.name, first=_frame(change.seconds), last=_frame(change.seconds))
        for change in CHANGES
        if change.seconds > 0
    ]
    start = _frame(TERMINAL_SECONDS)
    objects.append(LabelledObject(name="slide 4", first=start, last=start))
    for typing in TYPINGS:
        first = _frame(typing.seconds)
        objects.append(
            LabelledObject(name=typing.name, first=first, last=first + typing.frames() - 1)
        )
    return clip_labels(
        rate=RATE,
        frames=frame_count(),
        objects=objects,
        note=(
            "Events are changes of content: their first frame is the first that shows anything "
            "new, their last the first that shows all of it. The moving mouse pointer and the "
            "blinking text cursor are no events."
        ),
    )
