"""Files elsewhere, at an address that the user has spelled out, through fsspec."""

from .folder import RemoteFolder
from .path import InputPath, RemotePath, path_or_address

__all__ = ["InputPath", "RemoteFolder", "RemotePath", "path_or_address"]
