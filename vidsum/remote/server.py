"""File servers with a host, a user and a password in their addresses: SSH and FTP."""

import re
from typing import Any
from urllib.parse import unquote

from ..extras import check_extra

SERVERS = frozenset({"ftp", "sftp", "ssh"})
"""Schemes in which a path is taken literally, whatever characters it contains."""

_ADDRESS = re.compile(
    r"[^:]+://(?:(?P<user>[^:/]*)(?::(?P<password>[^/]*))?@)?"
    r"(?:\[(?P<bracketed>[^]/]+)\]|(?P<host>[^:/@]+))(?::(?P<port>[0-9]+))?(?P<path>/.*)?",
    re.DOTALL,
)

_SSH: dict[str, Any] = {
    # Like ssh: only hosts with keys in ~/.ssh/known_hosts.
    "known_hosts": (),
    "connect_timeout": 30,
    "login_timeout": 30,
    "keepalive_interval": 15,
}


def server_of(url: str) -> tuple[dict[str, Any], str]:
    """Return host, port, user and password of an address, if present, and the path.

    User and password are percent-decoded, as in other addresses; the path is literal.

    Raises
    ------
    ValueError
        If it isn't such an address.
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
        If a package is not installed; `shown` is the address for the message.
    """
    if scheme == "ftp":
        from fsspec.implementations.ftp import FTPFileSystem

        return FTPFileSystem(**options)
    check_extra(f"{shown}: an address of an SSH server", "sftp")
    from sshfs import SSHFileSystem

    system = SSHFileSystem(**options, **_SSH)
    if system.client.is_closed():  # it is cached from an earlier connection
        SSHFileSystem.clear_instance_cache()
        system = SSHFileSystem(**options, **_SSH)
    return system
