"""Damage: what disks, networks, and people with bad intentions do to a file."""

from collections.abc import Callable, Sequence
from random import Random

_FIELDS = (
    *(b"moov mvhd tkhd mdhd hdlr stsd stts ctts stss stsc stsz stco co64 elst dref avcC".split()),
    *(b"moof tfhd tfdt trun sidx mdat RIFF LIST avih strh strf idx1 movi IHDR IDAT acTL".split()),
    *(b"FRAME YUV4MPEG2 FLV GIF89a".split()),
    *(bytes.fromhex(mark) for mark in ("1a45dfa3", "18538067", "1549a966", "1654ae6b", "1f43b675")),
    *(bytes.fromhex(mark) for mark in ("000001b3", "00000167", "00000142", "ffc0", "ffc4", "ffda")),
)
"""Marks of boxes, chunks and headers; they are followed by sizes, counts and times."""

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 10**9, 2**31 - 1, 2**31, 2**32 - 1)
_HEAD = 2000
_BOXES = (b"ftyp", b"free", b"moov", b"mdat", b"moof", b"sidx", b"mfra")


def mutated(content: bytes, random: Random, others: Sequence[bytes]) -> tuple[str, bytes]:
    """Return what was done to `content`, one to three times, and what came of it."""
    names = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if not content:
            break
        change = random.choice(_CHANGES)
        names.append(change.__name__.strip("_"))
        content = change(content, random, others)
    return ", ".join(names), content


def _flips(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 3, 20, 200))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _header_bytes(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 4, 16))):
        changed[random.randrange(min(_HEAD, len(changed)))] = random.randrange(256)
    return bytes(changed)


def _cut(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    return content[: random.randrange(len(content))]


def _hole(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    begin, end = _stretch(content, random)
    return content[:begin] + content[end:]


def _zeros(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    begin, end = _stretch(content, random)
    return content[:begin] + bytes(end - begin) + content[end:]


def _repeat(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    begin, end = _stretch(content, random)
    return content[:end] + content[begin:]


def _splice(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    begin, end = _stretch(other, random)
    place = random.randrange(len(content))
    behind = place if random.random() < 0.5 else place + end - begin
    return content[:place] + other[begin:end] + content[behind:]


def _join(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    return content + random.choice(others)


def _field(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    marks = [mark for mark in _FIELDS if mark in content]
    if not marks:
        return _header_bytes(content, random, others)
    mark = random.choice(marks)
    place = content.index(mark) + random.choice((-4, *(len(mark) + step for step in range(0, 44))))
    width = random.choice((1, 2, 4, 4, 8))
    number = random.choice(_NUMBERS) % 256**width
    place = min(max(place, 0), max(len(content) - width, 0))
    order = random.choice(("big", "big", "little"))
    return content[:place] + number.to_bytes(width, order) + content[place + width :]


def _swapped_boxes(content: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Let two boxes of an MP4 file change places, or one come twice."""
    boxes = []
    begin = 0
    while begin + 8 <= len(content) and content[begin + 4 : begin + 8] in _BOXES:
        end = begin + max(8, int.from_bytes(content[begin : begin + 4], "big"))
        boxes.append(content[begin:end])
        begin = end
    if len(boxes) < 2:
        return _splice(content, random, others)
    one, other = random.randrange(len(boxes)), random.randrange(len(boxes))
    boxes[one], boxes[other] = boxes[other], boxes[one]
    if random.random() < 0.3:
        boxes.append(random.choice(boxes))
    return b"".join(boxes) + content[begin:]


def _stretch(content: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(content))
    length = random.choice((1, 4, 188, 1000, len(content)))
    return begin, min(len(content), begin + 1 + random.randrange(length))


_CHANGES: tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], ...] = (
    *(_flips, _header_bytes, _cut, _hole, _zeros, _repeat, _splice, _join, _swapped_boxes),
    *(_field, _field, _field),
)
