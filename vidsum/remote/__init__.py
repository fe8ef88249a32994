"""What lies elsewhere, behind an address that the user has spelled out, by fsspec."""

from .folder import RemoteFolder
from .path import InputPath, RemotePath, path_or_address

__all__ = ["InputPath", "RemoteFolder", "RemotePath", "path_or_address"]
