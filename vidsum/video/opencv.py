"""OpenCV, imported with a helpful message if that fails."""

import os

from ..errors import OutputError

# FFmpeg inside OpenCV reads this when the first file is opened; -8 is AV_LOG_QUIET.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

try:
    import cv2
except ImportError as error:
    raise OutputError(
        f"OpenCV cannot be loaded ({error}); on Debian and Ubuntu `apt install libgl1 "
        "libglib2.0-0` brings what it needs, or `pip install opencv-python-headless` in place of "
        "opencv-python does without"
    ) from error

# OpenCV's own messages on stderr would break the progress bar; failures are checked instead.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

__all__ = ["cv2"]
