"""Addresses of cameras: which are opened, by which protocols, and how they are told."""

import dataclasses
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from ..errors import UnsafeInputError, UsageError, printable
from .opening import FORMATS

_RTSP = "rtsp"
_STREAMS = f"{FORMATS},mpjpeg"
"""The demuxers of what comes through HTTP, TCP and UDP: no playlist, nothing that opens more."""

_ALLOWED = {
    "rtsp": ("tcp", _RTSP),
    "rtsps": ("tls,tcp", _RTSP),
    "http": ("http,tcp", _STREAMS),
    "https": ("https,tls,tcp", _STREAMS),
    "tcp": ("tcp", _STREAMS),
    "udp": ("udp", _STREAMS),
}
"""Protocols and demuxers that may be used for each scheme: its own, and what carries it."""

_BY_UDP = "rtp,udp"
"""What RTSP needs besides where the video does not come through its own connection."""

_WITH_PASSWORD = frozenset({"rtsp", "rtsps", "http", "https"})

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.,-]*):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a camera is."""

    url: str = field(repr=False)
    """The address, maybe with user and password."""
    shown: str
    """The address as it may be told, on one line."""
    scheme: str
    host: str
    """Name or number of the host; empty where packets come to this machine."""

    @property
    def has_credentials(self) -> bool:
        """Whether user or password are in it."""
        return self.scheme in _WITH_PASSWORD and "@" in urlsplit(self.url).netloc

    def protocols(self, transport: str) -> str:
        """Return the protocols that may be used, by which `transport` RTSP sends."""
        protocols = _ALLOWED[self.scheme][0]
        return f"{protocols},{_BY_UDP}" if self.by_rtsp and transport == "udp" else protocols

    @property
    def formats(self) -> str:
        """The demuxers that may be used."""
        return _ALLOWED[self.scheme][1]

    @property
    def by_rtsp(self) -> bool:
        """Whether it is one of RTSP."""
        return self.scheme.startswith(_RTSP)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is one of TLS."""
        return self.scheme in ("rtsps", "https")

    def signed(self, user: str, password: str) -> "Address":
        """Return the address with user and password in it.

        Raises
        ------
        UsageError
            If its scheme has none.
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
    """Return the address that `text` is.

    Raises
    ------
    UsageError
        If it is none.
    UnsafeInputError
        If it is of a scheme that is not opened.
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
