"""The small pictures of a page: of many, those of the greatest weight."""

import base64
import heapq

_MOST = 500
"""With 8 kB each, 5 MB of the page."""


class Pictures:
    """JPEG images by their time.

    Parameters
    ----------
    most
        So many stay.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._images: list[tuple[float, float, bytes]] = []

    def add(self, time: float, jpeg: bytes, weight: float) -> None:
        """Take an image of this time in seconds."""
        heapq.heappush(self._images, (weight, -time, jpeg))
        if len(self._images) > self._most:
            heapq.heappop(self._images)

    def take(self, begin: float, end: float, nearest: float | None) -> tuple[float, str] | None:
        """Take out the image between two times that is nearest to a third, or the first one.

        Returns
        -------
        tuple
            Its time and its address; None if there is no image.
        """
        near = begin if nearest is None else nearest
        inside = [image for image in self._images if begin <= -image[1] <= end]
        if not inside:
            return None
        chosen = min(inside, key=lambda image: abs(-image[1] - near))
        self._images.remove(chosen)
        return -chosen[1], picture_address(chosen[2])

    def rest(self) -> list[tuple[float, str]]:
        """Return what was not taken, in the order of time: times and addresses."""
        return sorted((-time, picture_address(jpeg)) for _, time, jpeg in self._images)


def picture_address(jpeg: bytes) -> str:
    """Return a JPEG image as an address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
