"""Reading and writing of videos: the only part of vidsum that uses PyAV, cv2 and ffmpeg."""

from .condensed import CondensedVideo
from .recording import Recording

__all__ = ["CondensedVideo", "Recording"]
