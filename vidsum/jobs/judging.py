"""Preparations of every job that judges frames."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..dedup import Judge
from ..errors import UnsafeInputError, UsageError, printable
from ..frame import VideoInfo
from ..options import Areas, Thresholds
from ..remote import InputPath, RemotePath
from ..video.areas import counted_samples
from ..video.opening import is_address

InputName: TypeAlias = str | os.PathLike[str] | RemotePath
"""A name of an input."""

_Path = TypeVar("_Path")


def counted_part(areas: Areas, info: VideoInfo) -> NDArray[np.bool_] | None:
    """Return which samples of the stored picture are looked at; None for all."""
    return counted_samples(areas.wanted, areas.unwanted, areas.mask, info)


def make_judge(
    info: VideoInfo,
    thresholds: Thresholds,
    counted: NDArray[np.bool_] | None,
    *,
    all_scores: bool = False,
) -> Judge:
    """Return the judge that decides on the frames of a recording."""
    return Judge((info.height, info.width), thresholds, counted=counted, all_scores=all_scores)


def input_paths(inputs: InputName | Sequence[InputName]) -> list[InputPath]:
    """Return the paths of one or several inputs, which are local files or were found elsewhere.

    Raises
    ------
    UsageError
        If there is none.
    UnsafeInputError
        If one is an address.
    """
    names = [inputs] if isinstance(inputs, str | os.PathLike | RemotePath) else inputs
    return _any_of([name if isinstance(name, RemotePath) else local_path(name) for name in names])


def local_paths(inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the paths of one or several inputs, which are local files; see `input_paths`."""
    names = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
    return _any_of([local_path(name) for name in names])


def _any_of(paths: list[_Path]) -> list[_Path]:
    if not paths:
        raise UsageError("no input: name at least one video file")
    return paths


def local_path(name: str | os.PathLike[str]) -> Path:
    """Return the path of an input, which must be a local file.

    Raises
    ------
    UnsafeInputError
        If it is an address.
    """
    if isinstance(name, str) and is_address(name):
        raise UnsafeInputError(
            f"{printable(name)}: inputs are local files; addresses and protocols are not opened"
        )
    return Path(name)
