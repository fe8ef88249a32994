"""Encoders that write pictures one after another to a part file that survives a crash.

Both write Matroska, of which all but the last second is readable after a kill -9, at an even rate
and in presentation order: the nth packet is the nth picture.
"""

import errno
import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ..errors import OutputError, printable
from ..files import write_error
from ..frame import VideoInfo
from ..options import Codec, Writing
from .burn_in import BurnIn
from .codecs import ENCODERS, FOURCCS, find_encoder
from .colour import ColourTags
from .conform import even_size, upright, upright_aspect
from .pump import Pump

_CAREFUL = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT

_SAMPLES_KEPT: frozenset[Codec] = frozenset({"mp4v", "xvid"})
"""Codecs of `OpenCvSink` that can have any colour tags; MJPEG is BT.601, FFV1 here RGB."""

_FULL_RANGE = 2
"""FFmpeg's number for samples from 0 to 255."""

_KEYFRAME_SECONDS = 2
"""A keyframe at least this often: how much a crash can cost, and how precisely players can seek."""

_MIN_WRITER_RATE = 1.0
"""Frames per second below which `cv2.VideoWriter` can't represent the rate."""

_MAX_SIDES: dict[Codec, int] = {"mp4v": 8191, "xvid": 8191}
"""Longest side of a picture in samples."""

_ENCODER_OPTIONS = {
    "libx264": {"preset": "fast"},
    "libx265": {"preset": "fast", "x265-params": "log-level=none"},
    "libsvtav1": {"preset": "8"},
    "libaom-av1": {"cpu-used": "6"},
}


class Sink(Protocol):
    """Takes pictures in presentation order."""

    tags: ColourTags | None
    """How players are to interpret the colours, known after the first picture; None for
    untagged."""

    def write(self, picture: av.VideoFrame, text: str | None = None) -> None:
        """Encode one picture, with `text` drawn into it."""

    def close(self) -> None:
        """Complete the file."""


def open_sink(target: Path, part: Path, info: VideoInfo, writing: Writing) -> Sink:
    """Open the encoder that `writing` asks for, which writes `part`, to be remuxed into `target`.

    Raises
    ------
    OutputError
        If it can't be opened.
    """
    if writing.codec in ENCODERS:
        return PyAvSink(target, part, info, writing)
    return OpenCvSink(target, part, info, writing.codec)


class OpenCvSink:
    """Encodes with `cv2.VideoWriter`.

    The writer takes BGR and converts it to Y'CbCr with the BT.601 matrix. For codecs with colour
    tags, BGR is made with the same matrix, whatever the source's own: the stored samples are those
    of the source, and the source's tags remain correct for them.
    """

    def __init__(self, target: Path, part: Path, info: VideoInfo, codec: Codec) -> None:
        from .opencv import cv2

        self._target = target
        self._part = part
        self._cv2 = cv2
        self._upright = upright(info)
        self._burn_in = BurnIn()
        # The picture's own reformatter may be in use in another thread.
        self._reformatter = VideoReformatter()
        self._samples_kept = codec in _SAMPLES_KEPT
        self.tags: ColourTags | None = None
        width, height = even_size(info)
        _check_size(target, codec, (width, height))
        try:
            self._pump = Pump(part)
        except OSError as error:
            raise write_error(target, error) from error
        self._writer = cv2.VideoWriter(
            os.fspath(self._pump.path),
            cv2.CAP_FFMPEG,
            cv2.VideoWriter.fourcc(*FOURCCS[codec]),
            _writer_rate(info.rate),
            (width, height),
        )
        if not self._writer.isOpened():
            self._pump.close()
            raise write_error(target, _probe(part))
        self._pump.start()

    def write(self, picture: av.VideoFrame, text: str | None = None) -> None:
        """Encode one picture, with `text` drawn into it."""
        image = self._upright(picture)
        if text is not None:
            image = self._burn_in(image, text)
        pixels: NDArray[Any]
        if not self._samples_kept:
            image = self._reformatter.reformat(image, format="bgr24", interpolation=_CAREFUL)
            pixels = image.to_ndarray()
        elif image.format.name == "yuv420p" and image.color_range != _FULL_RANGE:
            # OpenCV rounds where FFmpeg truncates: the picture stays a level brighter, as the
            # source is.
            pixels = self._cv2.cvtColor(image.to_ndarray(), self._cv2.COLOR_YUV2BGR_I420)
        else:
            image = self._reformatter.reformat(
                image,
                format="bgr24",
                src_colorspace=Colorspace.ITU601,
                dst_colorspace=Colorspace.ITU601,
            )
            pixels = image.to_ndarray()
        if self._samples_kept and self.tags is None:
            self.tags = ColourTags.of(picture)
        # OpenCV before 5 returns None; lost frames are then found by the final packet count.
        if self._writer.write(pixels) is False:
            raise write_error(self._target, self._pump.error or _probe(self._part), self._part)

    def close(self) -> None:
        """Complete the file, as far as the writer reports."""
        self._writer.release()
        self._pump.close()
        if self._pump.error is not None:
            raise write_error(self._target, self._pump.error, self._part)


class PyAvSink:
    """Encodes with one of FFmpeg's encoders inside PyAV."""

    def __init__(self, target: Path, part: Path, info: VideoInfo, writing: Writing) -> None:
        self._target = target
        self._part = part
        self._upright = upright(info)
        self._burn_in = BurnIn()
        # The picture's own reformatter may be in use in another thread.
        self._reformatter = VideoReformatter()
        self.tags: ColourTags | None = None
        self._count = 0
        self._unit = 1 / info.rate
        name = find_encoder(writing.codec)
        assert name is not None
        # Otherwise SVT-AV1 prints its settings, and what it rejects, on stderr.
        os.environ.setdefault("SVT_LOG", "0")
        _check_encoder(target, name, even_size(info))
        try:
            self._container = av.open(
                f"file:{part.absolute()}",
                "w",
                format="matroska",
                options={"cluster_time_limit": "1000", "flush_packets": "1"},
            )
            stream = self._container.add_stream(
                name,
                rate=info.rate,
                options={"crf": str(writing.quality), **_ENCODER_OPTIONS[name]},
            )
        except (av.error.FFmpegError, OSError) as error:
            raise write_error(target, error) from error
        assert isinstance(stream, VideoStream)
        self._stream = stream
        context = stream.codec_context
        context.width, context.height = even_size(info)
        context.sample_aspect_ratio = upright_aspect(info)
        context.pix_fmt = "yuv420p"
        # Without B-frames, packets come in presentation order.
        context.max_b_frames = 0
        context.gop_size = max(1, round(_KEYFRAME_SECONDS * info.rate))

    def write(self, picture: av.VideoFrame, text: str | None = None) -> None:
        """Encode one picture, with `text` drawn into it."""
        image = self._upright(picture)
        if text is not None:
            image = self._burn_in(image, text)
        image = self._reformatter.reformat(image, format="yuv420p")
        if self.tags is None:
            self.tags = ColourTags.of(picture)
            context = self._stream.codec_context
            context.color_primaries = self.tags.primaries
            context.color_trc = self.tags.transfer
            context.colorspace = self.tags.matrix
            context.color_range = image.color_range
        image.pts = self._count
        image.time_base = self._unit
        image.pict_type = 0
        self._count += 1
        self._mux(image)

    def close(self) -> None:
        """Encode what is still waiting and complete the file."""
        try:
            if self._count:
                self._mux(None)
        finally:
            try:
                self._container.close()
            except (av.error.FFmpegError, OSError) as error:
                raise write_error(self._target, error, self._part) from error

    def _mux(self, image: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(image))
        except (av.error.FFmpegError, OSError) as error:
            raise write_error(self._target, error, self._part) from error


def _writer_rate(rate: Fraction) -> float:
    """Return a rate that MPEG-4 can store, whose clock has 16 bits; the final times are exact."""
    return max(float(rate), _MIN_WRITER_RATE) if rate < 60 else float(round(rate))


def _check_size(target: Path, codec: Codec, size: tuple[int, int]) -> None:
    """Raise `OutputError` for sizes at which `cv2.VideoWriter` would fail without a reason."""
    limit = _MAX_SIDES.get(codec)
    if limit is not None and max(size) > limit:
        raise OutputError(
            f"{printable(target)}: cannot be written, --codec {codec} holds pictures up to "
            f"{limit}x{limit}, these are {size[0]}x{size[1]}; choose --codec ffv1"
        )


def _check_encoder(target: Path, name: str, size: tuple[int, int]) -> None:
    """Raise `OutputError` for sizes at which an encoder of FFmpeg would fail without a reason."""
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    context.options = dict(_ENCODER_OPTIONS[name])
    try:
        context.open(strict=False)
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(
            f"{printable(target)}: cannot be written, the encoder {name} takes no pictures of "
            f"{size[0]}x{size[1]} (it says: {error.strerror}); choose --codec ffv1"
        ) from error


def _probe(part: Path) -> OSError:
    """Return the error of writing to `part`, which `cv2.VideoWriter` doesn't report."""
    try:
        with part.open("ab") as file:
            size = file.tell()
            try:
                file.write(b"\0" * 65536)
                file.flush()
                os.fsync(file.fileno())
            finally:
                os.truncate(part, size)
    except OSError as error:
        return error
    return OSError(errno.EIO, "the encoder failed")
