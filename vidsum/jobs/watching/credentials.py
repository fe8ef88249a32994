"""User and password of a camera, from a file or the environment."""

import os
from pathlib import Path

from ...errors import InputError, UsageError, printable
from ...video.address import Address

USER = "VIDSUM_USER"
PASSWORD = "VIDSUM_PASSWORD"
"""Environment variables; programs that vidsum runs don't get them."""

_MAX_CHARACTERS = 10_000


def with_credentials(address: Address, path: Path | None) -> Address:
    """Return the address with the user and password that were given separately, if any.

    Parameters
    ----------
    address
        An address, possibly with its own user and password.
    path
        A file whose first line is USER:PASSWORD; None for the environment.

    Raises
    ------
    UsageError
        If they are given twice, or the file has no such line.
    InputError
        If the file can't be read.
    """
    if path is None:
        if address.has_credentials or USER not in os.environ:
            return address
        return address.signed(os.environ[USER], os.environ.get(PASSWORD, ""))
    if address.has_credentials:
        raise UsageError(
            f"--credentials {printable(path)}: {address.shown} has some already; leave one out"
        )
    name = f"--credentials {printable(path)}"
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline(_MAX_CHARACTERS).rstrip("\r\n")
    except OSError as error:
        raise InputError(f"{name}: cannot be read, {error.strerror}") from error
    except ValueError:
        raise UsageError(f"{name}: is no text in UTF-8; its first line is USER:PASSWORD") from None
    user, colon, password = line.partition(":")
    if not user or not colon:
        raise UsageError(f"{name}: its first line is not USER:PASSWORD")
    return address.signed(user, password)
