"""The small pictures of a page: if there are many, those with the greatest weight."""

import base64
import heapq

_MAX_PAGE_IMAGES = 500
"""With 8 kB each, 5 MB of the page in base64."""


class Pictures:
    """JPEG images by time.

    Parameters
    ----------
    most
        How many are kept.
    """

    def __init__(self, most: int = _MAX_PAGE_IMAGES) -> None:
        self._most = most
        self._images: list[tuple[float, float, bytes]] = []

    def add(self, time: float, jpeg: bytes, weight: float) -> None:
        """Add an image at this time in seconds."""
        heapq.heappush(self._images, (weight, -time, jpeg))
        if len(self._images) > self._most:
            heapq.heappop(self._images)

    def take(self, begin: float, end: float, nearest: float | None) -> tuple[float, str] | None:
        """Take the image between two times that is nearest to a third, or else the first one.

        Returns
        -------
        tuple
            Its time and its data URL; None if there is no image.
        """
        near = begin if nearest is None else nearest
        inside = [image for image in self._images if begin <= -image[1] <= end]
        if not inside:
            return None
        chosen = min(inside, key=lambda image: abs(-image[1] - near))
        self._images.remove(chosen)
        return -chosen[1], picture_address(chosen[2])

    def rest(self) -> list[tuple[float, str]]:
        """Return the images that were not taken, in order of time: times and data URLs."""
        return sorted((-time, picture_address(jpeg)) for _, time, jpeg in self._images)


def picture_address(jpeg: bytes) -> str:
    """Return a JPEG image as a data URL."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
