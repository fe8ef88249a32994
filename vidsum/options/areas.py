"""Which parts of the picture are looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..areas import Area, parse_area


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Which parts of the picture are looked at; `vidsum preview` shows them."""

    roi: Annotated[tuple[str, ...], Parameter(metavar="AREA")] = ()
    """Look at this part of the picture alone: x,y,width,height or a polygon 'x,y x,y x,y', in
    pixels or percent (10%,10%,50%,50%). Several are looked at together."""

    ignore: Annotated[tuple[str, ...], Parameter(metavar="AREA")] = ()
    """Look away from this part of the picture; given as for --roi."""

    mask: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Look only where this picture, as large as the input, is white."""

    def __post_init__(self) -> None:
        for name in ("roi", "ignore"):  # one string, or a list, will do in Python
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        if self.mask is not None:
            object.__setattr__(self, "mask", Path(self.mask))
        # What can't be understood is told before any file is opened.
        _ = self.wanted, self.unwanted

    @property
    def wanted(self) -> tuple[Area, ...]:
        """The areas of `roi`."""
        return tuple(parse_area("--roi", text) for text in self.roi)

    @property
    def unwanted(self) -> tuple[Area, ...]:
        """The areas of `ignore`."""
        return tuple(parse_area("--ignore", text) for text in self.ignore)
