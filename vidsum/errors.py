"""The exceptions of vidsum, each with the exit code of the command line.

::

    VidsumError
    ├── UsageError        2  an option or its value is wrong          (also ValueError)
    ├── InputError        3  the input cannot be read                 (also OSError)
    ├── OutputError       4  the output cannot be written             (also OSError)
    ├── UnsafeInputError  6  the input is refused                     (also ValueError)
    ├── CrashError        7  a helper process has failed
    └── ClusterError      7  the cluster that did the work is lost

Errors of PyAV, OpenCV and the operating system are translated into these where they arise.
Each message is one line that names the file, what was found, and the way out.
"""

import re
from enum import IntEnum

_SECRETS = re.compile(
    r"(?P<before>:/+)\S*(?P<after>@)|"
    r"(?P<mark>[?&;])[^=&;\s]*(pas|pwd|token|key|secret|auth|sig|credential)[^=&;\s]*=[^&;\s]*|"
    r"(?P<within>[/_])(pass(word|wd)?|pwd)=[^&;\s]*",
    re.IGNORECASE,
)
"""In an address: user name and password; their counterparts in the query, recognised by parameter
names such as those of signed addresses; and the password that some cameras expect in the path."""


class ExitCode(IntEnum):
    """Exit codes of the process."""

    DONE = 0
    GATE_FAILED = 1
    USAGE = 2
    INPUT = 3
    OUTPUT = 4
    INCOMPLETE = 5
    UNSAFE = 6
    CRASHED = 7
    UNEXPECTED = 70
    INTERRUPTED = 130
    TERMINATED = 143


class VidsumError(Exception):
    """Any error that vidsum itself reports; `exit_code` is the exit code of the command line."""

    exit_code = ExitCode.UNEXPECTED


class UsageError(VidsumError, ValueError):
    """An option or its value is wrong, or names an output that must not be overwritten."""

    exit_code = ExitCode.USAGE


class InputError(VidsumError, OSError):
    """The input is missing, is not a video, or not one frame of it can be decoded."""

    exit_code = ExitCode.INPUT


class OutputError(VidsumError, OSError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT


class UnsafeInputError(VidsumError, ValueError):
    """The input is refused because opening it could reach other files or hosts."""

    exit_code = ExitCode.UNSAFE


class CrashError(VidsumError):
    """A process that was to help has failed: a worker of a batch, or ffmpeg on the VMAF."""

    exit_code = ExitCode.CRASHED


class ClusterError(VidsumError):
    """The cluster that condensed recordings is lost; another run continues from there."""

    exit_code = ExitCode.CRASHED


def printable(text: object) -> str:
    """Return `text` on one line, with control characters and lone surrogates escaped, without
    passwords.

    File names may contain anything but NUL: a newline or a terminal escape sequence in one must not
    reach a message or a terminal unescaped.

    Examples
    --------
    >>> printable("rtsp://admin:secret@camera/live?token=1")
    'rtsp://***@camera/live?***'
    >>> printable("https://bucket/x.mp4?X-Amz-Date=2026&X-Amz-Signature=1f&se=9&sig=2%3D")
    'https://bucket/x.mp4?X-Amz-Date=2026&***&se=9&***'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in _SECRETS.sub(_masked, str(text))
    )


def _masked(secret: re.Match[str]) -> str:
    begins = secret["before"] or secret["mark"] or secret["within"]
    return f"{begins}***{secret['after'] or ''}"
