"""A recording that is decoded in pieces gives what it gives as a whole, or is not split."""

import itertools
import pickle
import zlib

import numpy as np
import pytest
from conftest import write_clip

from vidsum.dedup.plane import Reducer
from vidsum.jobs.batches.pieces import PieceOrder, looks_of
from vidsum.options import Reading
from vidsum.video import Recording, split
from vidsum.video.pictures import Pictures
from vidsum.video.planes import planes_of
from vidsum.video.split import Look, SplitRecording

OPEN = {"x264-params": "open-gop=1:bframes=3:keyint=12:scenecut=0"}
CLIPS = {
    "h264.mp4": {"options": OPEN},
    "h264.mkv": {"options": OPEN},
    "h264.ts": {"options": OPEN},
    "variable.mkv": {
        "options": OPEN,
        "times": [40 * n + 7 * (n % 3) for n in range(60)],
    },
    "hevc.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "open-gop=1:bframes=3:keyint=12:log-level=none"},
    },
    "deep.mkv": {
        "codec": "libx265",
        "pixel_format": "yuv422p10le",
        "options": {"x265-params": "open-gop=1:bframes=3:keyint=12:log-level=none"},
    },
    "mpeg2.ts": {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "12", "deadline": "realtime"}},
}
UNSPLIT = {
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "12"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}},
    "raw.h264": {"options": {"g": "12"}},
    "one.mp4": {"options": {"g": "250"}},
    "refresh.mp4": {"options": {"x264-params": "intra-refresh=1:bframes=0:keyint=12:scenecut=0"}},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a function that writes each clip once."""
    clips, rng = {}, np.random.default_rng(1)
    scene = rng.integers(0, 255, (64, 300), dtype=np.uint8)

    def make(name, **options):
        if name not in clips:
            path = tmp_path_factory.mktemp("split") / name
            moving = [scene[:, n : n + 96] for n in range(60)]
            clips[name] = write_clip(path, moving, size=(96, 64), **options)
        return clips[name]

    return make


class Elsewhere:
    """Decodes pieces here, and counts the frames that were."""

    def __init__(self, broken=lambda index, looks: looks):
        self.frames = self.pieces = 0
        self.broken = broken

    def __call__(self, path, reading, info, pieces):
        for index, piece in enumerate(pieces):
            self.pieces += 1
            order = PieceOrder(
                piece=piece, path=path, reading=reading, info=info, folder=path.parent
            )
            looks = looks_of(pickle.loads(pickle.dumps(order)))
            yield piece, self._counted(self.broken(index, looks))

    def _counted(self, looks):
        for look in looks:
            self.frames += len(look.times)
            yield look


def checked(samples):
    return zlib.crc32(np.ascontiguousarray(samples))


def told(recording):
    """Return all that is known of each frame, and what was wrong."""
    rows = []
    with recording, Pictures(recording.paths, Reading(), recording.info) as pictures:
        reducer = Reducer((recording.info.height, recording.info.width))
        for frame in recording:
            plane = reducer.empty()
            if frame.reduced is None:
                reducer.reduce(frame.luma, plane)
            else:
                plane[:] = frame.reduced
            brought = pictures.of(frame)
            native = brought.native
            planes = planes_of(native)
            rows.append(
                (
                    (frame.number, frame.time, frame.duration, frame.source),
                    (frame.source_number, frame.source_time),
                    [checked(samples) for samples in (plane[: reducer.height], brought.luma)],
                    [checked(samples) for samples in (planes.y, planes.u, planes.v)],
                    (native.format.name, native.colorspace, native.color_range),
                )
            )
    return rows, recording.fault_lines


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Split clips into the shortest pieces that their keyframes allow."""
    monkeypatch.setattr(split, "_PIECE_FRAMES", 1)


@pytest.mark.parametrize("reading", [Reading(), Reading(start=0.9, end=2)], ids=["all", "part"])
@pytest.mark.parametrize("name", CLIPS)
def test_pieces_make_the_whole(made, name, reading):
    clip = made(name, **CLIPS[name])
    elsewhere = Elsewhere()
    whole = told(Recording([clip], reading))
    assert told(SplitRecording([clip], reading, least=0, decode=elsewhere)) == whole
    assert elsewhere.frames
    assert not whole[1]


@pytest.mark.parametrize("name", UNSPLIT)
def test_what_cannot_be_split_is_not(made, name):
    clip = made(name, **UNSPLIT[name])
    elsewhere = Elsewhere()
    split_up = SplitRecording([clip], Reading(), least=0, decode=elsewhere)
    assert told(split_up) == told(Recording([clip], Reading()))
    assert not elsewhere.frames


@pytest.mark.parametrize(
    ("least", "files", "reading"),
    [(2.5, 1, Reading()), (0, 2, Reading()), (2, 1, Reading(start=1))],
)
def test_a_short_recording_and_segments_are_not_split(made, least, files, reading):
    clip = made("h264.mp4", **CLIPS["h264.mp4"])
    elsewhere = Elsewhere()
    split_up = SplitRecording([clip] * files, reading, least=least, decode=elsewhere)
    assert told(split_up) == told(Recording([clip] * files, reading))
    assert not elsewhere.pieces


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "h264.ts", "mpeg2.ts"])
def test_damage_is_told_as_of_the_whole(made, tmp_path, name):
    """Pieces before it are used; from the fault on, one decodes all."""
    content = bytearray(made(name, **CLIPS[name]).read_bytes())
    middle = len(content) * 7 // 10
    content[middle : middle + 2000] = bytes(2000)
    clip = tmp_path / name
    clip.write_bytes(content)
    elsewhere = Elsewhere()
    rows, lines = told(SplitRecording([clip], Reading(), least=0, decode=elsewhere))
    whole = told(Recording([clip], Reading()))
    # What threads make of damaged pictures is not always the same.
    assert [row[:2] for row in rows] == [row[:2] for row in whole[0]]
    assert rows[: elsewhere.frames] == whole[0][: elsewhere.frames]
    assert lines == whole[1] != ()
    assert 0 < elsewhere.frames <= 36


def test_behind_a_gap_one_decodes_all(made):
    """Where frames are missing, and nothing tells it, decoders make something up."""
    times = [40 * n + 400 * (n >= 40) for n in range(60)]
    clip = made("gap.mkv", options=OPEN, times=times)
    elsewhere = Elsewhere()
    split_up = SplitRecording([clip], Reading(), least=0, decode=elsewhere)
    assert told(split_up) == told(Recording([clip], Reading()))
    assert 0 < elsewhere.frames < 48


def cut_off(index, things):
    """The second piece is lost in the middle, with the node that had it."""
    yield from itertools.islice(things, 1 if index == 1 else None)


def altered(index, things):
    """The frames after the second piece are not those with which the third begins."""
    for thing in things:
        if index == 1 and not thing.times:
            thing = Look(seals=tuple((time, check + 1) for time, check in thing.seals))
        yield thing


@pytest.mark.parametrize(("broken", "frames"), [(cut_off, 24), (altered, 36)])
def test_where_a_piece_is_wanting_the_rest_is_decoded_here(made, broken, frames):
    clip = made("h264.mp4", **CLIPS["h264.mp4"])
    elsewhere = Elsewhere(broken)
    split_up = SplitRecording([clip], Reading(), least=0, decode=elsewhere)
    assert told(split_up) == told(Recording([clip], Reading()))
    assert elsewhere.frames == frames


def test_another_run_goes_on_behind_any_frame(made):
    clip = made("h264.ts", **CLIPS["h264.ts"])
    for count in (5, 30):  # of the beginning, and of a piece
        with SplitRecording([clip], Reading(), least=0, decode=Elsewhere()) as recording:
            (*_, last) = itertools.islice(recording, count)
            place = recording.place(last)
        elsewhere = Elsewhere()
        further = SplitRecording([clip], Reading(), least=0, decode=elsewhere)
        with further, Recording([clip], Reading()) as whole:
            further.go_on(place)
            left = [(frame.number, frame.time) for frame in further]
            assert left == [(frame.number, frame.time) for frame in whole][count:]
        assert elsewhere.frames


def test_a_file_that_grows_meanwhile_is_told(made, tmp_path):
    clip = tmp_path / "h264.ts"
    clip.write_bytes(made("h264.ts", **CLIPS["h264.ts"]).read_bytes())

    def grown(index, looks):
        if index == 0:
            with clip.open("ab") as file:
                file.write(bytes(188))
        yield from looks

    recording = SplitRecording([clip], Reading(), least=0, decode=Elsewhere(grown))
    rows, lines = told(recording)
    assert len(rows) == 60
    assert any("was changed while it was read" in line for line in lines)
