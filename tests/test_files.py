"""Output files: names of part files, what may be overwritten, and publishing in one step."""

import os
from pathlib import Path

import pytest

from vidsum import InputError, OutputError, UsageError, VidsumError
from vidsum.errors import printable
from vidsum.files import check_targets, part_path, publish, saving, size_text

pytestmark = pytest.mark.usefixtures("plain_rule")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "recording.mp4"
    path.write_bytes(b"source")
    return path


def complete(target, text="new"):
    """Return a complete part file of `target`."""
    part = part_path(target, ".mkv")
    part.write_text(text)
    return part


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (InputError("in.mp4: cannot be decoded"), "^in.mp4: cannot be decoded$"),
        (OSError(28, "No space left"), "x.png: cannot be written, the disk is full"),
    ],
)
def test_what_fails_while_a_file_is_made_is_told_of_the_right_one(tmp_path, error, raised):
    expected = InputError if isinstance(error, InputError) else OutputError
    with pytest.raises(expected, match=raised), saving(tmp_path / "x.png", force=True):
        raise error
    assert list(tmp_path.iterdir()) == []


LONG_NAMES = ["a" * 251 + ".mp4", "ä" * 125 + "x.mp4", "鏡" * 83 + "xx.mp4", "🎞" * 62 + "abc.mp4"]


@pytest.mark.parametrize("name", ["video.mp4", "x", "a b.ü.mp4", "-o", *LONG_NAMES])
@pytest.mark.parametrize("suffix", ["", ".mkv"])
def test_a_part_has_a_new_name_beside_its_target(tmp_path, name, suffix):
    target = tmp_path / name
    part = part_path(target, suffix)

    assert part.parent == tmp_path
    assert part.name.endswith(f".part{suffix}")
    assert part.name[:1] == name[:1]
    assert part != part_path(target, suffix)
    part.write_bytes(b"fits into the file system")
    os.fsencode(part.name).decode()  # no character is cut in two


def test_a_part_of_a_name_that_is_no_unicode_can_be_written(tmp_path):
    part = part_path(tmp_path / os.fsdecode(b"caf\xe9-" + b"\xe9" * 240 + b".mp4"), ".mkv")
    part.write_bytes(b"")
    assert part.name.startswith("caf")


def test_new_targets_in_existing_folders_pass(tmp_path, source):
    check_targets([tmp_path / "a.mp4", tmp_path / "a.csv"], [source], force=False)
    (tmp_path / "a.mp4").touch()
    check_targets([tmp_path / "a.mp4", tmp_path / "a.csv"], [source], force=True)


def test_a_target_that_exists_is_refused_and_force_named(tmp_path, source):
    target = tmp_path / "a.mp4"
    target.touch()
    with pytest.raises(UsageError, match=r"a\.mp4: this file exists.*--force"):
        check_targets([target], [source], force=False)


def test_a_pipe_or_device_is_not_replaced(tmp_path, source):
    os.mkfifo(tmp_path / "pipe")
    link = tmp_path / "a.csv"
    link.symlink_to(os.devnull)
    for target in (tmp_path / "pipe", link):
        with pytest.raises(
            UsageError, match="this is a device or pipe, which is not replaced"
        ) as e:
            check_targets([target], [source], force=True)
        assert e.value.exit_code == 2


def test_a_dangling_link_is_not_overwritten_unasked(tmp_path, source):
    link = tmp_path / "a.mp4"
    link.symlink_to(tmp_path / "elsewhere.mp4")
    with pytest.raises(UsageError, match="exists"):
        check_targets([link], [source], force=False)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "way", ["same", "dots", "relative", "symlink", "hard link", "linked folder"]
)
def test_the_input_is_never_a_target_by_whatever_name(tmp_path, source, monkeypatch, way, force):
    target = tmp_path / "other.mp4"
    if way == "same":
        target = source
    elif way == "dots":
        (tmp_path / "sub").mkdir()
        target = tmp_path / "sub" / ".." / source.name
    elif way == "relative":
        monkeypatch.chdir(tmp_path)
        target = Path(source.name)
    elif way == "symlink":
        target.symlink_to(source)
    elif way == "hard link":
        target.hardlink_to(source)
    else:
        (tmp_path / "folder").symlink_to(tmp_path)
        target = tmp_path / "folder" / source.name
    with pytest.raises(UsageError, match=r"the input .*recording\.mp4; choose another name$"):
        check_targets([tmp_path / "a.csv", target], [tmp_path / "b.mp4", source], force=force)


def test_a_missing_folder_is_named(tmp_path, source):
    with pytest.raises(OutputError, match=r"there is no folder .*missing.*create it"):
        check_targets([tmp_path / "missing" / "a.mp4"], [source], force=False)


def test_a_file_in_place_of_the_folder_is_named(source):
    with pytest.raises(OutputError, match=r"there is no folder .*recording\.mp4"):
        check_targets([source / "a.mp4"], [source], force=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path, source):
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(OutputError, match=r"no permission to write into .*locked"):
        check_targets([tmp_path / "locked" / "a.mp4"], [source], force=False)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_as_target_is_refused(tmp_path, source, force):
    with pytest.raises(UsageError, match=r"this is a folder; name a file in it$"):
        check_targets([tmp_path], [source], force=force)


@pytest.mark.parametrize("force", [False, True])
def test_two_targets_of_one_name_are_refused(tmp_path, source, force):
    (tmp_path / "sub").mkdir()
    twice = [tmp_path / "a.mp4", tmp_path / "sub" / ".." / "a.mp4"]
    with pytest.raises(UsageError, match=r"a\.mp4: two outputs have this name"):
        check_targets(twice, [source], force=force)


@pytest.mark.parametrize("force", [False, True])
def test_a_name_too_long_for_a_file_is_our_error(tmp_path, source, force):
    with pytest.raises(VidsumError, match="aaa"):
        check_targets([tmp_path / ("a" * 300)], [source], force=force)


def test_a_link_to_itself_is_our_error(tmp_path, source):
    target = tmp_path / "loop.mp4"
    target.symlink_to(target)
    with pytest.raises(VidsumError, match="loop"):
        check_targets([target], [source], force=False)


def test_messages_show_names_on_one_line(tmp_path, source):
    target = tmp_path / "two\nlines\x1b[31m.mp4"
    target.touch()
    with pytest.raises(UsageError) as error:
        check_targets([target], [source], force=False)
    assert r"two\nlines\x1b[31m.mp4" in str(error.value)


@pytest.mark.parametrize("force", [False, True])
def test_publish_gives_the_part_its_final_name(tmp_path, force):
    target = tmp_path / "a.mp4"
    publish(complete(target), target, force=force)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_publish_replaces_a_file_with_force(tmp_path):
    target = tmp_path / "a.mp4"
    target.write_text("old")
    publish(complete(target), target, force=True)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_publish_never_replaces_what_has_appeared_meanwhile(tmp_path, monkeypatch, links, kind):
    target = tmp_path / "a.mp4"
    part = complete(target)
    if kind == "file":
        target.write_text("old")
    else:
        target.symlink_to("elsewhere")
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(OutputError, match=r"a\.mp4: .*appeared meanwhile.*\.part"):
        publish(part, target, force=False)

    assert target.is_symlink() or target.read_text() == "old"
    assert part.read_text() == "new"


def no_links(*_):
    raise PermissionError(1, "Operation not permitted")


def test_publish_works_where_the_file_system_has_no_hard_links(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "a.mp4"
    publish(complete(target), target, force=False)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("force", [False, True])
def test_publish_leaves_the_part_and_names_it_when_it_fails(tmp_path, force):
    target = tmp_path / "folder"
    part = complete(target)
    target.mkdir()
    with pytest.raises(OutputError) as error:
        publish(part, target, force=force)
    assert part.read_text() == "new"
    assert str(part) in str(error.value)


def test_publish_says_why_it_failed_in_one_line(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    target = tmp_path / "two\nlines.mp4"
    part = complete(target)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"the disk is full; .* free in ") as error:
        publish(part, target, force=False)
    assert isinstance(error.value, OSError)
    assert "\n" not in str(error.value)
    assert not target.exists()
    assert part.exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.mp4", "plain name.mp4"),
        ("Grüße 鏡 🎞", "Grüße 鏡 🎞"),
        ("two\nlines\r\ttab", r"two\nlines\r\ttab"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("c1 \x9b31m", r"c1 \x9b31m"),
        ("nul \0", r"nul \x00"),
        ("turned \u202etxt.mp4", r"turned \u202etxt.mp4"),
        ("line\u2028break", r"line\u2028break"),
        (os.fsdecode(b"caf\xe9"), r"caf\udce9"),
        (Path("folder") / "a\nb", r"folder/a\nb"),
    ],
)
def test_names_are_shown_without_anything_that_steers_a_terminal(text, shown):
    assert printable(text) == shown
    printable(text).encode()  # no surrogate is left


SECRET = "hunter2%2F+"


@pytest.mark.parametrize(
    "name",
    [
        *("password", "passwd", "pwd", "token", "key", "api_key", "access_token", "client_secret"),
        *("AWSAccessKeyId", "Signature", "X-Amz-Signature", "X-Amz-Credential"),
        *("X-Amz-Security-Token", "X-Goog-Signature", "X-Goog-Credential", "sig", "auth"),
        "loginpas",
    ],
)
@pytest.mark.parametrize("mark", ["?", "?expires=9&", "?expires=9;"])
def test_what_signs_an_address_is_not_shown(name, mark):
    shown = printable(f"vidsum: https://host/a%20b.mp4{mark}{name}={SECRET}&se=7: not opened")
    assert shown == f"vidsum: https://host/a%20b.mp4{mark}***&se=7: not opened"


def test_a_password_within_the_path_is_not_shown():
    for path in ("user=admin&password={}&channel=1.sdp", "user=admin_password={}_channel=1.sdp"):
        shown = printable("rtsp://10.0.0.9/" + path.format(SECRET))
        assert shown.startswith("rtsp://10.0.0.9/user=admin") and SECRET not in shown
    assert printable("signals/key=1/design_auth=2.mp4") == "signals/key=1/design_auth=2.mp4"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_530_000, "1.5 MB"),
        (999_999, "1.0 MB"),
        (2_000_000_000, "2.0 GB"),
        (7_250_000_000_000, "7.2 TB"),
        (12_000_000_000_000_000, "12000.0 TB"),
    ],
)
def test_sizes_have_a_fitting_unit(size, text):
    assert size_text(size) == text
