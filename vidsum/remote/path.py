"""Files at addresses that the user has spelled out, such as ``s3://bucket/cameras``.

Passwords and tokens in an address are used to open it, and appear in no text from this module.
"""

import contextlib
import datetime
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from ..errors import InputError, OutputError, UnsafeInputError, UsageError, VidsumError, printable
from ..extras import check_extra
from .reader import READ_BYTES, RemoteReader
from .server import SERVERS, connect, server_of
from .waiting import ANSWER_SECONDS, LIST_SECONDS, within

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?]*)(?P<path>[^?]*)")

_HOST = re.compile(r"(\[[^]]*\]|[^:]*)(:[0-9]*)?")

_QUERIED = frozenset({"http", "https"})
"""Schemes in which a question mark ends the path, and an asterisk is not a wildcard."""

_TIMES = ("mtime", "lastmodified", "modified", "modify", "updated", "modificationtime", "created")
_DIGESTS = ("etag", "md5", "md5hash", "contentmd5", "contenthash", "checksum", "crc32c")
"""What file systems call the time of a change, and what changes with the content."""

_REMEDIES = {
    "HostKeyNotVerifiable": "log in once with ssh, which shows the key and asks whether it is right"
}
"""Remedies for errors of file systems, by the name of the exception."""

_MAX_MESSAGE = 200
"""How many characters of a file system's message are passed on."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RemotePath:
    """A file or folder at an address; its text is the address without passwords.

    It opens like a `pathlib.Path`. Every access may raise `InputError` if the file system reports
    an error, `UsageError` if a package that it needs is not installed, or `UnsafeInputError` if
    fsspec does not know it.
    """

    url: str
    """The address as the user gave it."""
    below: str = ""
    """The path below the address at which it was found; empty for the address itself."""

    def __post_init__(self) -> None:
        if "::" in self.url and self.scheme not in SERVERS:
            raise UnsafeInputError(
                f"{self}: chained addresses (::) are not opened; name the one that holds the files"
            )

    def __str__(self) -> str:
        match = _ADDRESS.match(self.url)
        assert match is not None
        host = match["host"].rpartition("@")
        if not _HOST.fullmatch(host[2]):
            # A password with a character that ends the host can't be told apart from a path.
            return f"{match['scheme']}://***"
        shown = f"{match['scheme']}://{'***@' if host[1] else ''}{host[2]}{match['path']}"
        if self.url[match.end() :]:
            shown += "?***"
        return printable(f"{shown.rstrip('/')}/{self.below}" if self.below else shown)

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    @property
    def address(self) -> str:
        """The whole address, for comparison only; never to be shown."""
        return f"{self.url.rstrip('/')}/{self.below}" if self.below else self.url

    @property
    def scheme(self) -> str:
        """The name of the file system."""
        return self.url.partition("://")[0].lower()

    @property
    def name(self) -> str:
        """The last component of the path."""
        if self.below:
            return PurePosixPath(self.below).name
        if self.scheme not in _QUERIED:
            return PurePosixPath(self.url).name
        match = _ADDRESS.match(self.url)
        assert match is not None
        return unquote(match["path"]).rpartition("/")[2]

    @property
    def stem(self) -> str:
        """`name` without its extension."""
        return PurePosixPath(self.name).stem

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """Open the file for reading, over its own connection."""
        assert mode == "rb"
        with self.asked():
            # Some allow one transfer at a time, and a run may read a file at two places.
            system, path = self.resolved(skip_instance_cache=True)
            file = within(ANSWER_SECONDS, lambda: self._seekable(system.open(path, "rb")))
        reader = RemoteReader(file, self.name, self.asked)
        return io.BufferedReader(reader, READ_BYTES)

    def _seekable(self, file: Any) -> Any:
        try:
            file.seek(0, os.SEEK_END)
            file.seek(0)
        except (ValueError, TypeError):
            raise InputError(
                f"{self}: can be read from its beginning to its end alone, which is not enough for "
                "a video; save it into a file first"
            ) from None
        return file

    def identity(self) -> dict[str, Any]:
        """Return size, modification time and digest, as far as the file system knows them."""
        with self.asked():
            system, path = self.resolved()
            found = _plain_names(within(ANSWER_SECONDS, lambda: system.info(path)))
        return {
            "path": str(self),
            "size": found.get("size"),
            "time": next((_time(found[name]) for name in _TIMES if found.get(name)), None),
            "content": next(
                (str(found[name]).strip('"') for name in _DIGESTS if found.get(name)), None
            ),
        }

    def forget(self) -> None:
        """Forget cached listings, so that the next access asks the server again."""
        with self.asked():
            self.resolved()[0].invalidate_cache()

    def is_there(self) -> bool:
        """Return whether the file or folder exists."""
        with self.asked():
            system, path = self.resolved()
            try:
                within(ANSWER_SECONDS, lambda: system.info(path))
            except FileNotFoundError:
                return False
        return True

    def files(self, *, deep: bool) -> list["RemotePath"]:
        """Return the file itself, or the files in it if it is a folder or has wildcards."""
        if self.scheme in _QUERIED and self.name:
            # Asking what is below it would download it.
            return [self]
        with self.asked():
            system, path = self.resolved()
            return within(LIST_SECONDS, lambda: self._found(system, path, deep=deep))

    def _found(self, system: Any, path: str, *, deep: bool) -> list["RemotePath"]:
        try:
            is_folder = system.info(path)["type"] == "directory"
        except FileNotFoundError:
            return self._matches(system, path)
        if not is_folder:
            return [self]
        return self._inside(system, path, deep=deep)

    def _inside(self, system: Any, path: str, *, deep: bool) -> list["RemotePath"]:
        folder = path.rstrip("/") + "/"
        names = system.find(path, maxdepth=None if deep else 1)
        return [
            RemotePath(url=self.url, below=f"{self.below}{name.removeprefix(folder)}")
            for name in sorted(names)
            if name.startswith(folder)
        ]

    def _matches(self, system: Any, path: str) -> list["RemotePath"]:
        wild = re.search(r"[*\[]", self.url)
        if wild is None or self.scheme in _QUERIED:
            raise FileNotFoundError
        base = RemotePath(url=self.url[: self.url.rindex("/", 0, wild.start()) + 1])
        folder = base.resolved()[1].rstrip("/") + "/"
        found = system.glob(path, detail=True)
        return [
            RemotePath(url=base.url, below=name.removeprefix(folder))
            for name in sorted(found)
            if found[name]["type"] == "file" and name.startswith(folder)
        ]

    def resolved(self, **options: Any) -> tuple[Any, str]:
        """Return the file system, and the path in it."""
        check_extra(f"{self}: an address", "remote")
        import fsspec.core

        server = None
        try:
            if self.scheme in SERVERS:
                server, path = server_of(self.url)
            else:
                fsspec.get_filesystem_class(self.scheme)
        except ImportError as error:  # the error names the package
            raise UsageError(f"{self}: {printable(error)}") from None
        except ValueError:
            raise UnsafeInputError(
                f"{self}: no address that is opened; it needs a scheme that fsspec knows, such as "
                "s3, sftp, ftp or https, and a host or bucket"
            ) from None
        if server is not None:
            system = connect(self.scheme, str(self), **server, **options)
        else:
            system, path = fsspec.core.url_to_fs(self.url, **options)
        return system, f"{path.rstrip('/')}/{self.below}" if self.below else path

    @contextlib.contextmanager
    def asked(
        self, verb: str = "read", kind: type[InputError | OutputError] = InputError
    ) -> Iterator[None]:
        """Turn errors of a file system into vidsum's, which contain no password."""
        try:
            yield
        except VidsumError:
            raise
        # Each file system has its own exceptions.
        except Exception as error:
            if isinstance(error, FileNotFoundError) and verb == "read":
                raise kind(f"{self}: there is no such file or folder") from None
            raise kind(f"{self}: cannot be {verb}, {self._told(error)}") from None

    def _told(self, error: Exception) -> str:
        """Return the message of an exception, without the secrets of the address."""
        text = str(error) or type(error).__name__
        if isinstance(error, TimeoutError) and not str(error):
            text = "the server does not answer"
        if isinstance(error, OSError) and error.strerror:
            text = str(error.strerror)
        for secret in _secrets(self.url):
            text = text.replace(secret, "***")
        told = printable(text.strip().partition("\n")[0][:_MAX_MESSAGE])
        remedy = _REMEDIES.get(type(error).__name__)
        return f"{told}; {remedy}" if remedy else told


InputPath: TypeAlias = Path | RemotePath
"""A file that is read."""


def path_or_address(name: str | os.PathLike[str] | RemotePath) -> InputPath:
    """Return the path that a name is, or the address."""
    if isinstance(name, RemotePath):
        return name
    if isinstance(name, str) and _ADDRESS.match(name):
        return RemotePath(url=name)
    return Path(name)


def _plain_names(info: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub("[-_ ]", "", name).lower(): value for name, value in info.items()}


def _time(value: Any) -> str:
    """Return a time in whole seconds: listings and single queries may differ by fractions."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    return str(int(value) if isinstance(value, float) else value)


def _secrets(url: str) -> Iterator[str]:
    """Yield the secrets of an address, the longest first."""
    match = _ADDRESS.match(url)
    assert match is not None
    user = match["host"].rpartition("@")[0]
    query = url[match.end() :].lstrip("?")
    found = {url, user, *user.split(":", 1), query, *(value for _, value in parse_qsl(query))}
    found |= {unquote(one) for one in found}
    yield from sorted((one for one in found if len(one) > 2), key=len, reverse=True)
