"""The import graph runs one way, read from the sources; and the package's public names."""

import ast
from pathlib import Path

import pytest

import vidsum

PACKAGE = Path(vidsum.__file__).parent

MAY_IMPORT = {
    "errors": set(),
    "remote": {"errors", "extras"},
    "frame": {"errors", "remote"},
    "spreadsheet": {"errors"},
    "areas": {"errors"},
    "options": {"errors", "areas", "remote"},
    "extras": {"errors"},
    "files": {"errors"},
    "cores": set(),
    "kernels": set(),
    "metrics": {"errors", "kernels"},
    "dedup": {"errors", "frame", "options", "kernels", "metrics"},
    "quality": {"errors", "frame", "options", "kernels", "metrics"},
    "stills": {"errors", "areas", "options", "files", "metrics", "spreadsheet"},
    "video": {"errors", "frame", "options", "files", "areas", "remote", "cores", "kernels"},
    "__main__": {"cli"},
}
MAY_IMPORT["report"] = {*MAY_IMPORT["stills"], "extras", "frame", "remote"}
MAY_IMPORT["report"] |= {"dedup", "quality", "stills"}
MAY_IMPORT["jobs"] = {*MAY_IMPORT["report"], *MAY_IMPORT["video"], "video", "report"}
MAY_IMPORT["cli"] = {*MAY_IMPORT["jobs"], "jobs", ""}
"""What each room of the package may import; "" is the package itself, for its version."""

SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in SOURCES if path != PACKAGE / "__init__.py"]


def room(path):
    """Return the module or folder right below the package that `path` belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    """Yield the absolute names of all that `path` imports, at whatever depth."""
    parts = path.relative_to(PACKAGE.parent).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parts[: len(parts) - node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_imported(path):
    for name in imported(path):
        first, *rest = name.split(".")
        if first == "vidsum":
            known = rest and ((PACKAGE / rest[0]).is_dir() or (PACKAGE / f"{rest[0]}.py").is_file())
            yield rest[0] if known else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_lies_below_it(path):
    assert set(rooms_imported(path)) <= MAY_IMPORT[room(path)] | {room(path)}


def test_the_reading_of_imports_sees_them():
    seen = {room(path): set(rooms_imported(path)) for path in MODULES}
    assert "errors" in seen["options"]
    assert "metrics" in set().union(*(set(rooms_imported(p)) for p in PACKAGE.glob("dedup/*.py")))
    assert "av" in set(imported(PACKAGE / "video" / "luma.py"))


def test_only_the_video_room_knows_pyav_opencv_and_ffmpeg():
    users = {
        room(path)
        for path in SOURCES
        if {name.partition(".")[0] for name in imported(path)} & {"av", "cv2", "ffmpeg"}
    }
    assert users == {"video"}


def test_the_rooms_are_those_named_here():
    assert {room(path) for path in MODULES} == set(MAY_IMPORT)


def test_public_names_are_sorted_and_resolve():
    assert vidsum.__all__ == sorted(vidsum.__all__)
    for name in vidsum.__all__:
        assert getattr(vidsum, name) is not None
    with pytest.raises(AttributeError, match="No vidsum attribute condenser"):
        _ = vidsum.condenser
