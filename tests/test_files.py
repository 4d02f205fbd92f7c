"""Files are read if they are files, within bounds and within their folder, and written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import files
from mlops_stages.files import replace
from tests.unfit_files import UNFIT


def test_a_text_takes_the_place_of_another_with_the_rights_asked_for(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("before", encoding="utf-8")
    replace(tmp_path / "state", "after", mode=0o600)
    assert (tmp_path / "state").read_text(encoding="utf-8") == "after"
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


def test_where_the_disk_is_full_the_file_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    (tmp_path / "state").write_text("before", encoding="utf-8")
    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="No space left"):
        replace(tmp_path / "state", "after")
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"state": "before"}


REASONS = {
    "FIFO": "it is a FIFO",
    "directory": "it is a directory",
    "socket": "it is a socket",
    "device": "it is a device",
    "sparse file": "it has more than 1,024 bytes",
}
LIMIT = 1024
Reader = Callable[[Path], bytes]


def named(path: Path) -> bytes:
    return files.content(path, LIMIT)


def inside(path: Path) -> bytes:
    return files.content_in(path.parents[1], f"{path.parent.name}/{path.name}", LIMIT)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where something is put that is not a file."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "name"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_no_file_is_refused_at_once(place: Path, kind: str) -> None:
    UNFIT[kind](place)
    with pytest.raises(files.UnfitFileError, match=REASONS[kind]) as refused:
        named(place)
    assert refused.value.filename == str(place)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_no_file_is_refused_in_a_folder_of_others(place: Path, kind: str) -> None:
    UNFIT[kind](place)
    with pytest.raises(files.UnfitFileError, match="it is a link" if place.is_symlink() else REASONS[kind]):
        inside(place)


def test_a_file_that_grows_while_it_is_read_is_refused() -> None:
    with pytest.raises(files.UnfitFileError, match="more than 100 bytes"):
        files.content(Path("/proc/self/maps"), 100)  # of size 0, and long


@pytest.mark.parametrize("read", [named, inside])
def test_a_file_is_read_to_its_last_byte(place: Path, read: Reader) -> None:
    place.write_bytes(b"x" * LIMIT)
    assert read(place) == b"x" * LIMIT
    place.write_bytes(b"")
    assert read(place) == b""


@pytest.mark.parametrize("read", [named, inside])
@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_file_can_have_is_refused(place: Path, read: Reader, name: str) -> None:
    with pytest.raises(files.UnfitFileError):
        read(place.with_name(name))


@pytest.mark.parametrize("read", [named, inside])
def test_a_file_that_is_not_there_is_said_to_be_missing(place: Path, read: Reader) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        read(place)
    assert missing.value.filename == str(place)


def test_the_user_may_name_a_link(place: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine", encoding="utf-8")
    place.symlink_to("../there")
    assert named(place) == b"mine"


@pytest.mark.parametrize(
    ("link", "to", "name"),
    [
        ("name", "../secret", "folder/name"),
        ("name", "other", "folder/name"),
        ("inner", "../..", "folder/inner/secret"),
        ("inner", ".", "folder/inner/other"),
        ("name", "missing", "folder/name"),
    ],
)
def test_in_a_folder_of_others_no_link_is_followed(tmp_path: Path, link: str, to: str, name: str) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "other").write_text("theirs", encoding="utf-8")
    (tmp_path / "folder" / link).symlink_to(to)
    with pytest.raises(files.UnfitFileError, match="it is a link"):
        files.content_in(tmp_path, name, LIMIT)


@pytest.mark.parametrize("name", ["../secret", "folder/../../secret", "/etc/passwd", "", ".", "folder/.."])
def test_no_name_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "here" / "folder").mkdir(parents=True)
    with pytest.raises(files.UnfitFileError):
        files.content_in(tmp_path / "here", name, LIMIT)


def test_a_folder_that_becomes_a_link_between_looking_and_reading_reads_nothing_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "name").write_text("secret", encoding="utf-8")
    (tmp_path / "here" / "folder").mkdir(parents=True)
    (tmp_path / "here" / "folder" / "name").write_text("theirs", encoding="utf-8")
    look = os.stat

    def swapped(*given: Any, **more: Any) -> os.stat_result:  # noqa: ANN401 - as os.stat has them
        monkeypatch.undo()
        found = look(*given, **more)
        (tmp_path / "here" / "folder").rename(tmp_path / "here" / "before")
        (tmp_path / "here" / "folder").symlink_to("../secret")
        return found

    monkeypatch.setattr(os, "stat", swapped)
    assert files.content_in(tmp_path / "here", "folder/name", LIMIT) == b"theirs"


def test_the_names_in_a_folder_are_counted(tmp_path: Path) -> None:
    assert files.names_in(tmp_path, "steps", 2) == ()
    (tmp_path / "steps").mkdir()
    for name in ("b", "a"):
        (tmp_path / "steps" / name).touch()
    assert files.names_in(tmp_path, "steps", 2) == ("a", "b")
    with pytest.raises(files.UnfitFileError, match="more than 1 files"):
        files.names_in(tmp_path, "steps", 1)
    (tmp_path / "data").symlink_to("steps")
    with pytest.raises(files.UnfitFileError, match="it is a link, not a directory"):
        files.names_in(tmp_path, "data", 2)


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "state").symlink_to("mine")
    replace(tmp_path / "state", "after")
    assert (tmp_path / "mine").read_text("utf-8") == "mine"
    assert not (tmp_path / "state").is_symlink()


def test_a_file_is_put_into_its_place_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name, mode in (("there/new/file", None), ("there/run.sh", 0o755)):
        (tmp_path / "draft").write_text("new", encoding="utf-8")
        if mode is not None:
            (tmp_path / name).touch()
            (tmp_path / name).chmod(mode)
        files.place_in(tmp_path, name, tmp_path / "draft")
        assert (tmp_path / name).read_text("utf-8") == "new"
        assert mode in (None, stat.S_IMODE((tmp_path / name).stat().st_mode))
    files.remove_in(tmp_path, "there/run.sh")
    files.remove_in(tmp_path, "there/run.sh")
    assert not (tmp_path / "there" / "run.sh").exists()


@pytest.mark.parametrize("kind", ["link", "FIFO", "directory", "link to a folder"])
def test_nothing_is_put_where_no_file_is(tmp_path: Path, kind: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "here").mkdir()
    place, name = tmp_path / "here" / "name", "name"
    if kind == "link":
        place.symlink_to("../outside/victim")
    elif kind in UNFIT:
        UNFIT[kind](place)
    else:
        place.symlink_to("../outside")
        name = "name/victim"
    (tmp_path / "draft").write_text("new", encoding="utf-8")
    with pytest.raises(files.UnfitFileError):
        files.place_in(tmp_path / "here", name, tmp_path / "draft")
    if kind == "link to a folder":
        (tmp_path / "outside" / "victim").touch()
        with pytest.raises(files.UnfitFileError):
            files.remove_in(tmp_path / "here", name)
        assert (tmp_path / "outside" / "victim").exists()
    else:
        assert list((tmp_path / "outside").iterdir()) == []


def test_a_folder_of_our_own_is_nobody_elses(tmp_path: Path) -> None:
    made = files.private_folder(tmp_path / "here" / ".state")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    (tmp_path / "victim").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to("victim")
    with pytest.raises(files.UnfitFileError, match="it is a link, not a directory"):
        files.private_folder(tmp_path / "link")
    assert stat.S_IMODE((tmp_path / "victim").stat().st_mode) == 0o755
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(files.UnfitFileError, match="it is a FIFO"):
        files.private_folder(tmp_path / "fifo")


def test_a_folder_of_another_user_is_no_folder_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(files.UnfitFileError, match="it belongs to another user"):
        files.private_folder(tmp_path)


def test_what_is_written_of_our_own_goes_through_no_link_and_waits_for_nobody(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to("victim")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "hard").hardlink_to(tmp_path / "victim")
    for name in ("link", "fifo", "hard"):
        with pytest.raises(files.UnfitFileError):
            files.opened_to_write(tmp_path / name)
    assert (tmp_path / "victim").read_text("utf-8") == "mine"
    with os.fdopen(files.opened_to_write(tmp_path / "log"), "w") as stream:
        stream.write("one")
    with os.fdopen(files.opened_to_write(tmp_path / "log"), "w") as stream:
        stream.write("2")
    assert (tmp_path / "log").read_text("utf-8") == "2"
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_what_a_lock_file_holds_stays_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("held", encoding="utf-8")
    (tmp_path / "lock").chmod(0o666)
    os.close(files.opened_to_write(tmp_path / "lock", emptied=False))
    assert (tmp_path / "lock").read_text("utf-8") == "held"
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


def test_the_end_of_a_file_of_our_own_is_read_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("0123456789", encoding="utf-8")
    assert files.own_end(tmp_path / "log", 4) == b"6789"
    assert files.own_end(tmp_path / "log", 400) == b"0123456789"
    with (tmp_path / "log").open("ab") as stream:
        stream.truncate(1 << 40)
    assert files.own_end(tmp_path / "log", 4) == b"\0" * 4


@pytest.mark.parametrize("kind", [*UNFIT, "link", "hard link", "open to others"])
def test_of_our_own_state_what_others_may_have_put_there_is_not_read(tmp_path: Path, kind: str) -> None:
    place, victim = tmp_path / "state" / "name", tmp_path / "victim"
    place.parent.mkdir()
    victim.write_text("secret", encoding="utf-8")
    if kind in UNFIT:
        UNFIT[kind](place)
    elif kind == "link":
        place.symlink_to(victim)
    elif kind == "hard link":
        place.hardlink_to(victim)
    else:
        place.touch()
        place.chmod(0o666)
    with pytest.raises(files.UnfitFileError):
        files.own_content(place, LIMIT)


@pytest.mark.parametrize("kind", ["a link", "open to everybody", "a file"])
def test_nothing_is_read_from_a_state_folder_that_is_not_ours_alone(tmp_path: Path, kind: str) -> None:
    folder, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "name").touch()
    if kind == "a link":
        folder.symlink_to(elsewhere)
    elif kind == "a file":
        folder.touch()
    else:
        folder.mkdir()
        (folder / "name").touch()
        folder.chmod(0o777)
    for read in (files.own_content, files.own_end):
        with pytest.raises(files.UnfitFileError):
            read(folder / "name", LIMIT)
    with pytest.raises(files.UnfitFileError):
        files.private_folder(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another user are made by root alone")
def test_root_uses_no_state_of_another_user(tmp_path: Path) -> None:
    folder = files.private_folder(tmp_path / "state")
    (folder / "name").write_text("theirs", encoding="utf-8")
    os.chown(folder / "name", 65534, 65534)
    for use in (lambda path: files.own_content(path, LIMIT), files.opened_to_write):  # pyright: ignore[reportUnknownLambdaType, reportUnknownVariableType, reportUnknownArgumentType]
        with pytest.raises(files.UnfitFileError, match="it belongs to another user"):
            use(folder / "name")
    assert (folder / "name").read_text("utf-8") == "theirs"
    os.chown(folder, 65534, 65534)
    with pytest.raises(files.UnfitFileError, match="it belongs to another user"):
        files.private_folder(folder)


def test_a_file_does_not_take_the_place_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(files.UnfitFileError, match="it is a directory"):
        replace(tmp_path / "state", "after")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
