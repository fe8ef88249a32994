"""Servers of files with a host, a user and a password in their addresses: SSH and FTP."""

import re
from typing import Any
from urllib.parse import unquote

from ..extras import check_extra

SERVERS = frozenset({"ftp", "sftp", "ssh"})
"""Schemes in which a path is what the server calls it, whatever characters are in it."""

_ADDRESS = re.compile(
    r"[^:]+://(?:(?P<user>[^:/]*)(?::(?P<password>[^/]*))?@)?"
    r"(?:\[(?P<bracketed>[^]/]+)\]|(?P<host>[^:/@]+))(?::(?P<port>[0-9]+))?(?P<path>/.*)?",
    re.DOTALL,
)

_SSH: dict[str, Any] = {
    # As ssh does: the keys of ~/.ssh/known_hosts and of no other host.
    "known_hosts": (),
    "connect_timeout": 30,
    "login_timeout": 30,
    "keepalive_interval": 15,
}


def server_of(url: str) -> tuple[dict[str, Any], str]:
    """Return host, port, user and password of an address, as far as it has them, and the path.

    As in other addresses, `%` stands for characters of user and password; the path is as it is.

    Raises
    ------
    ValueError
        If it is no such address.
    """
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError
    options: dict[str, Any] = {"host": match["bracketed"] or match["host"]}
    if match["port"]:
        options["port"] = int(match["port"])
    if match["user"]:
        options["username"] = unquote(match["user"])
    if match["password"]:
        options["password"] = unquote(match["password"])
    return options, (match["path"] or "").rstrip("/") or "/"


def connect(scheme: str, shown: str, **options: Any) -> Any:
    """Return the file system of a server of this scheme.

    Raises
    ------
    UsageError
        If what it needs is not installed; `shown` is the address for the message.
    """
    if scheme == "ftp":
        from fsspec.implementations.ftp import FTPFileSystem

        return FTPFileSystem(**options)
    check_extra(f"{shown}: an address of an SSH server", "sftp")
    from sshfs import SSHFileSystem

    system = SSHFileSystem(**options, **_SSH)
    if system.client.is_closed():  # it was made for an earlier question
        SSHFileSystem.clear_instance_cache()
        system = SSHFileSystem(**options, **_SSH)
    return system
