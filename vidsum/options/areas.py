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
    """Look at this part of the picture only: x,y,width,height or a polygon 'x,y x,y x,y', in pixels
    or percent (10%,10%,50%,50%). May be given several times: the parts add up."""

    ignore: Annotated[tuple[str, ...], Parameter(metavar="AREA")] = ()
    """Ignore this part of the picture; given as for --roi."""

    mask: Annotated[Path | None, Parameter(metavar="FILE")] = None
    """Look only where this picture, which must be as large as the input, is white."""

    def __post_init__(self) -> None:
        for name in ("roi", "ignore"):  # Python may pass one string, or a list
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        if self.mask is not None:
            object.__setattr__(self, "mask", Path(self.mask))
        # Report what can't be parsed before any file is opened.
        _ = self.wanted, self.unwanted

    @property
    def wanted(self) -> tuple[Area, ...]:
        """The areas of `roi`."""
        return tuple(parse_area("--roi", text) for text in self.roi)

    @property
    def unwanted(self) -> tuple[Area, ...]:
        """The areas of `ignore`."""
        return tuple(parse_area("--ignore", text) for text in self.ignore)
