"""Files that are read only if they are files, and written whole or not at all.

What somebody names, or a repository holds, may be a FIFO that never answers, a device, a link to another's secret, or
600 MB of nothing. Every file that a command reads or writes goes through here: opened once, looked at through what was
opened, so that nothing can take its place in between.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

_OPEN = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""Without O_NONBLOCK, opening a FIFO waits for whoever is at its other end."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFLNK: "a link",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


class UnfitFileError(OSError):
    """What is there is not to be read or written; `reason` says why, `filename` where."""

    def __init__(self, reason: str, path: Path | str) -> None:
        super().__init__(errno.EINVAL, reason, str(path))
        self.reason: str = reason


class TooLargeError(UnfitFileError):
    """It has more bytes than it may have."""


def content(path: Path, most: int) -> bytes:
    """Return what is in a file that the user named, of at most `most` bytes; links are followed.

    Raises FileNotFoundError; UnfitFileError for what is not a file or too large; OSError where it cannot be read.
    """
    with _named(path):
        _refuse(path.stat().st_mode, path)  # first: opening a device may already do something
        with os.fdopen(os.open(path, os.O_RDONLY | _OPEN), "rb") as stream:
            return _read(stream, path, most)


def content_in(folder: Path, name: str, most: int) -> bytes:
    """Return what is in a file of a folder that others may have written; raises as `content` does.

    Nothing outside of the folder is read: no link is followed, neither of the file nor of a folder on the way to it.
    """
    with opened_in(folder, name) as stream:
        return _read(stream, folder / name, most)


@contextlib.contextmanager
def opened_in(folder: Path, name: str) -> Generator[BinaryIO]:
    """Open a file of a folder that others may have written, to be read; raises as `content_in` does."""
    path = folder / name
    with _named(path), _parent(folder, name) as (parent, last):
        _refuse(os.stat(last, dir_fd=parent, follow_symlinks=False).st_mode, path)
        descriptor = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | _OPEN, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as stream:
        _refuse(os.fstat(descriptor).st_mode, path)
        yield stream


def names_in(folder: Path, name: str, most: int) -> tuple[str, ...]:
    """Return the names in a folder, or in one of its folders, in order, at most `most`; none where it is not there.

    Raises UnfitFileError where it is not a folder, or holds more.
    """
    path = folder / name
    with _named(path), _folder(folder, (*(_parts(folder, name) if name else ()), "")) as found:
        if found is None:
            return ()
        names: list[str] = []
        with os.scandir(found) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > most:
                    raise UnfitFileError(f"it holds more than {most:,} files", path)
        return tuple(sorted(names))


def replace(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a text in one step: nobody reads half of it, and where the disk is full the file stays as it was.

    A link in its place is replaced, not followed. Raises OSError; nothing is left behind then.
    """
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fchmod(out.fileno(), mode)
        try:
            Path(draft).replace(path)
        except IsADirectoryError as error:
            raise UnfitFileError("it is a directory", path) from error
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def place_in(folder: Path, name: str, draft: Path) -> None:
    """Put a written file into its place in a folder that others may have written; folders on the way are made.

    A file that is there keeps its mode. Raises UnfitFileError where the way leads over a link, or the place is taken
    by what is not a file.
    """
    path = folder / name
    with _named(path), _parent(folder, name, make=True) as (parent, last):
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(last, dir_fd=parent, follow_symlinks=False).st_mode
            _refuse(found, path)
            draft.chmod(stat.S_IMODE(found))
        os.replace(draft, last, dst_dir_fd=parent)


def remove_in(folder: Path, name: str) -> None:
    """Remove a file of a folder that others may have written, if it is there."""
    with contextlib.suppress(FileNotFoundError), _named(folder / name), _parent(folder, name) as (parent, last):
        os.unlink(last, dir_fd=parent)


def private_folder(path: Path) -> Path:
    """Make a folder for our own state, for its owner's eyes only, and return it.

    Raises UnfitFileError where it cannot be made, and where a link, what belongs to somebody else, or what everybody
    may write to is in its place: it came with what others wrote, and what is kept there would be theirs.
    """
    with _own(path):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700, parents=True)
        with _own_folder(path) as descriptor:
            os.fchmod(descriptor, 0o700)
    return path


def own_content(path: Path, most: int) -> bytes:
    """Return what is in a file of our own state, of at most `most` bytes.

    Raises FileNotFoundError; UnfitFileError for what is no file of ours alone, or too large.
    """
    with _own(path), _opened_own(path) as stream:
        return _read(stream, path, most)


def own_end(path: Path, most: int) -> bytes:
    """Return the last bytes, `most` at most, of a file of our own state; raises as `own_content` does."""
    with _own(path), _opened_own(path) as stream:
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - most))
        return stream.read(most)


def opened_to_write(path: Path, *, emptied: bool = True) -> int:
    """Return the descriptor of a file of our own state, for its owner's eyes only, made if need be.

    Raises UnfitFileError where it is not a file, or not ours alone: nothing is written then.
    """
    with _own(path):
        with contextlib.suppress(FileNotFoundError):
            _refuse_others(path.lstat(), path)  # first: opening a device may already do something
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | _OPEN, 0o600)
        try:
            _refuse_others(os.fstat(descriptor), path)
            os.fchmod(descriptor, 0o600)
            if emptied:
                os.ftruncate(descriptor, 0)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


@contextlib.contextmanager
def _own(path: Path) -> Generator[None]:
    """Of what is ours, that we may not use it is a fault of what is there."""
    with _named(path):
        try:
            yield
        except (PermissionError, NotADirectoryError) as error:
            raise UnfitFileError(str(error.strerror), path) from error


@contextlib.contextmanager
def _own_folder(path: Path) -> Generator[int]:
    """Open a folder of our own state."""
    found = path.lstat()  # first: what belongs to another user may not even be opened
    if not stat.S_ISDIR(found.st_mode):
        raise UnfitFileError(f"it is {_kind(found.st_mode)}, not a directory", path)
    _refuse_another_users(found, path)
    descriptor = os.open(path, _FOLDER)
    try:
        found = os.fstat(descriptor)
        _refuse_another_users(found, path)
        if found.st_mode & stat.S_IWOTH:
            raise UnfitFileError("everybody may write to it", path)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _opened_own(path: Path) -> Generator[BinaryIO]:
    with _own_folder(path.parent) as parent:
        _refuse_others(os.stat(path.name, dir_fd=parent, follow_symlinks=False), path)
        descriptor = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | _OPEN, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        _refuse_others(found, path)
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UnfitFileError("others may write to it", path)
        yield stream


def _refuse_others(found: os.stat_result, path: Path) -> None:
    """Refuse what is not a file of ours: in a folder that was open to others, they may have put it there."""
    _refuse(found.st_mode, path)
    _refuse_another_users(found, path)
    if found.st_nlink > 1:
        raise UnfitFileError("it is a hard link: the file has another name, too", path)


def _refuse_another_users(found: os.stat_result, path: Path) -> None:
    if found.st_uid != os.geteuid():
        raise UnfitFileError("it belongs to another user", path)


def _read(stream: BinaryIO, path: Path, most: int) -> bytes:
    found = os.fstat(stream.fileno())
    _refuse(found.st_mode, path)
    # Its size first, so that nothing of a huge file is read; then what is read, as it may grow.
    data = b"" if found.st_size > most else stream.read(most + 1)
    if found.st_size > most or len(data) > most:
        raise TooLargeError(f"it has more than {most:,} bytes", path)
    return data


def _refuse(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise UnfitFileError(f"it is {_kind(mode)}", path)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a file")


def _parts(folder: Path, name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise UnfitFileError("it leads out of its folder", folder / name)
    return parts


@contextlib.contextmanager
def _parent(folder: Path, name: str, *, make: bool = False) -> Generator[tuple[int, str]]:
    """The folder that a file is in, open, and the file's name in it."""
    parts = _parts(folder, name)
    with _folder(folder, parts, make=make) as parent:
        if parent is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder / name))
        yield parent, parts[-1]


@contextlib.contextmanager
def _folder(folder: Path, parts: tuple[str, ...], *, make: bool = False) -> Generator[int | None]:
    """Open the folder that holds the last of `parts`, one step after another, over no link; None where it is not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        way = folder
        missing = False
        for part in parts[:-1]:
            way /= part
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            try:
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
            except FileNotFoundError:
                missing = True
                break
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                    raise
                kind = _kind(os.lstat(part, dir_fd=descriptor).st_mode)
                raise UnfitFileError(f"it is {kind}, not a directory", way) from error
            os.close(descriptor)
            descriptor = inner
        yield None if missing else descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _named(path: Path) -> Generator[None]:
    """Say of which path an error is, as the user knows it."""
    try:
        yield
    except UnfitFileError:
        raise
    except OSError as error:
        error.filename = str(path)
        raise
    except ValueError as error:  # a NUL, half of a surrogate pair
        raise UnfitFileError("it is not a file name", path) from error
