"""Trees that hostile code left behind: walked, read and removed without following anything in them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mlops_stages.local.containers import trees

SECRET = "of the machine"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory with one of everything, beside a secret that its links lead to."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text(SECRET)
    root = tmp_path / "tree"
    (root / "deep" / "deeper").mkdir(parents=True)
    (root / "deep" / "deeper" / "file").write_text("plain")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
    return root


def test_a_walk_tells_what_everything_is_and_enters_directories_alone(tree: Path) -> None:
    assert {entry.path: entry.kind for entry in trees.walk(tree)} == {
        "deep": "directory",
        "deep/deeper": "directory",
        "deep/deeper/file": "file",
        "link": "symbolic link",
        "linked": "symbolic link",
        "pipe": "FIFO",
        "socket": "socket",
    }


@pytest.mark.parametrize("below", ["linked", "link", "pipe", "deep/../linked", "absent"])
def test_a_walk_does_not_begin_behind_a_link(tree: Path, below: str) -> None:
    with pytest.raises(OSError, match=r"."):
        list(trees.walk(tree, below))


@pytest.mark.parametrize("name", ["link", "linked/file", "pipe", "socket", "deep", "absent"])
def test_only_a_regular_file_is_read(tree: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"."):
        trees.text(tree, name, 100)


def test_a_file_is_read_as_far_as_wanted(tree: Path) -> None:
    with (tree / "sparse").open("wb") as stream:
        stream.truncate(600 << 20)
    assert trees.text(tree, "sparse", 10) == bytes(10)
    assert trees.text(tree, "deep/deeper/file", 3) == b"pla"


def test_a_file_that_became_a_link_since_it_was_seen_is_not_opened(tree: Path, tmp_path: Path) -> None:
    for entry in trees.walk(tree):
        if entry.is_file:
            (tree / entry.path).unlink()
            (tree / entry.path).symlink_to(tmp_path / "secret")
            with pytest.raises(OSError, match=r"."):
                entry.open()


def test_a_directory_that_became_a_link_since_it_was_seen_is_not_entered(tree: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    for entry in trees.walk(tree):
        seen.append(entry.path)
        if entry.path == "deep":
            (tree / "deep").rename(tree / "was-deep")
            (tree / "deep").symlink_to(tmp_path / "elsewhere")
    assert "deep/file" not in seen


def test_all_of_a_tree_is_removed_and_nothing_that_it_links_to(tree: Path, tmp_path: Path) -> None:
    locked = tree / "locked"
    (locked / "inner").mkdir(parents=True)
    (locked / "inner" / "file").touch()
    (locked / "inner").chmod(0)
    locked.chmod(0)
    descriptor = os.open(tree, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(descriptor)
    with pytest.raises(trees.TooDeepError):
        list(trees.walk(tree))
    trees.remove(tree)
    assert not tree.exists()
    assert (tmp_path / "secret").read_text() == (tmp_path / "elsewhere" / "file").read_text() == SECRET


def test_removing_what_is_not_there_or_is_a_link_does_nothing(tmp_path: Path) -> None:
    trees.remove(tmp_path / "absent")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    trees.remove(tmp_path / "link")
    assert (tmp_path / "kept" / "file").exists()
