"""Addresses of cameras: which are opened, over which protocols, and how they are shown."""

import dataclasses
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from ..errors import UnsafeInputError, UsageError, printable
from .opening import FORMATS

_RTSP = "rtsp"
_STREAMS = f"{FORMATS},mpjpeg"
"""The demuxers for streams over HTTP, TCP and UDP: no playlists, nothing that opens other files."""

_ALLOWED = {
    "rtsp": ("tcp", _RTSP),
    "rtsps": ("tls,tcp", _RTSP),
    "http": ("http,tcp", _STREAMS),
    "https": ("https,tls,tcp", _STREAMS),
    "tcp": ("tcp", _STREAMS),
    "udp": ("udp", _STREAMS),
}
"""Protocols and demuxers that may be used for each scheme: its own, and its transport."""

_BY_UDP = "rtp,udp"
"""What RTSP needs in addition if the video does not come over its own connection."""

_WITH_PASSWORD = frozenset({"rtsp", "rtsps", "http", "https"})

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.,-]*):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of a camera."""

    url: str = field(repr=False)
    """The address, possibly with user and password."""
    shown: str
    """The address as it may be shown, on one line."""
    scheme: str
    host: str
    """Name or number of the host; empty if packets are sent to this machine."""

    @property
    def has_credentials(self) -> bool:
        """Whether it has a user or a password."""
        return self.scheme in _WITH_PASSWORD and "@" in urlsplit(self.url).netloc

    def protocols(self, transport: str) -> str:
        """Return the protocols that may be used if RTSP sends over `transport`."""
        protocols = _ALLOWED[self.scheme][0]
        return f"{protocols},{_BY_UDP}" if self.by_rtsp and transport == "udp" else protocols

    @property
    def formats(self) -> str:
        """The demuxers that may be used."""
        return _ALLOWED[self.scheme][1]

    @property
    def by_rtsp(self) -> bool:
        """Whether it is an RTSP address."""
        return self.scheme.startswith(_RTSP)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is a TLS address."""
        return self.scheme in ("rtsps", "https")

    def signed(self, user: str, password: str) -> "Address":
        """Return the address with user and password added.

        Raises
        ------
        UsageError
            If its scheme doesn't support them.
        """
        if self.scheme not in _WITH_PASSWORD:
            raise UsageError(
                f"{self.shown}: {self.scheme} knows no user and password; leave out --credentials, "
                "or unset VIDSUM_USER"
            )
        rest = self.url.split("://", 1)[1]
        secret = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return dataclasses.replace(self, url=f"{self.scheme}://{secret}@{rest}")


def parse_address(text: str) -> Address:
    """Parse the address of a camera.

    Raises
    ------
    UsageError
        If it is not an address.
    UnsafeInputError
        If its scheme is not allowed.
    """
    shown = printable(text)
    found = _SCHEME.match(text)
    schemes = ", ".join(f"{scheme}://" for scheme in _ALLOWED)
    if found is None:
        raise UsageError(
            f"{shown}: no address of a camera; allowed are {schemes} and the number of a webcam "
            "(`vidsum condense` takes files)"
        )
    scheme = found[1].lower()
    if scheme not in _ALLOWED:
        raise UnsafeInputError(f"{shown}: addresses of this kind are not opened, only {schemes}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if (
        text[len(scheme) :][:3] != "://"
        or not all(char.isprintable() and char != " " for char in text)
        or not (host or (scheme == "udp" and port))
        or (scheme in ("tcp", "udp") and port is None)
    ):
        raise UsageError(
            f"{shown}: no complete address; write it as in rtsp://HOST/PATH, tcp://HOST:PORT or "
            "udp://@GROUP:PORT, without spaces"
        )
    url = f"{scheme}{text[len(scheme) :]}"
    return Address(url=url, shown=printable(url), scheme=scheme, host=host)
