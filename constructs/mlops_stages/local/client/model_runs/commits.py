"""Which commit the files of a repository are, with nothing run that the repository says.

A repository's configuration names programs (monitors, hooks, filters, pagers, transports) and other places to read.
So git never sees it: HEAD is read here, and git, with a configuration of ours, is asked for one thing, the names and
hashes of files in that commit. What the files hash to is computed here.

https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from mlops_stages import files, git

_MOST_BYTES = 4 << 20
_MOST_REFERENCES = 16 << 20
_MOST_OBJECTS = 200_000
_LONGEST = 4096
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH = re.compile(r"ref: (refs/[^\0-\x20\x7f~^:?*\[\\]{1,500})")
_ENTRY = re.compile(rb"100(?:644|755) blob ([0-9a-f]+)\t(.*)", re.DOTALL)
_CONFIG = """\
[core]
    repositoryformatversion = 1
    bare = true
    commitGraph = false
    multiPackIndex = false
    packedGitWindowSize = 16m
    packedGitLimit = 256m
[extensions]
    objectFormat = {hash}
"""


def commit_of(directory: Path, delivered: Mapping[str, bytes], folders: Collection[str]) -> str | None:
    """Return the commit that is checked out, if it holds these very files, and no other script in `folders`.

    None where there is no git, or a repository in whose .git are links or other places to read objects from: linked
    worktrees, alternates.
    """
    program = git.program()
    try:
        head = _head(directory)
        if program is None or head is None or not _is_plain(directory / ".git" / "objects"):
            return None
    except (OSError, UnicodeDecodeError):
        return None
    held = _held(program, directory, head, sorted([*(f"{folder}/" for folder in folders), *delivered]))
    if held is None:
        return None
    scripts = {name: found for name, found in held.items() if name in delivered or name.endswith(".py")}
    return head if scripts == {name: _blob(content, head) for name, content in delivered.items()} else None


def _head(directory: Path) -> str | None:
    """The id of the commit that HEAD names, directly or by a branch."""
    said = files.content_in(directory, ".git/HEAD", _LONGEST).decode().strip()
    branch = _BRANCH.fullmatch(said)
    if branch is not None:
        try:
            said = files.content_in(directory, f".git/{branch[1]}", _LONGEST).decode().strip()
        except FileNotFoundError:
            said = _packed(directory, branch[1])
    return said if _ID.fullmatch(said) else None


def _packed(directory: Path, branch: str) -> str:
    for line in files.content_in(directory, ".git/packed-refs", _MOST_REFERENCES).decode().splitlines():
        name = line.partition(" ")
        if name[2] == branch:
            return name[0]
    return ""


def _is_plain(objects: Path) -> bool:
    """Whether the store of objects is folders and files alone, and names no other."""
    left, seen = [objects], 0
    if not stat.S_ISDIR(objects.lstat().st_mode):
        return False
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                seen += 1
                if entry.is_dir(follow_symlinks=False):
                    left.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False) or entry.name.endswith("alternates"):
                    return False
                if seen > _MOST_OBJECTS:
                    return False
    return True


def _held(program: str, directory: Path, head: str, paths: list[str]) -> dict[str, str] | None:
    """The files of a commit at some paths, with the hash of each; None where git cannot say."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        (own / "refs").mkdir()
        (own / "HEAD").write_text(f"{head}\n", encoding="ascii")
        (own / "config").write_text(_CONFIG.format(hash=_algorithm(head)), encoding="ascii")
        done = git.run(
            program,
            ["ls-tree", "-z", "--full-tree", head, "--", *paths],
            directory=own,
            variables={"GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": str(directory.resolve() / ".git" / "objects")},
            most=_MOST_BYTES,
        )
    if done.code != 0 or done.cut:
        return None
    found = (_ENTRY.fullmatch(line) for line in done.output.split(b"\0"))
    return {os.fsdecode(each[2]): each[1].decode() for each in found if each is not None}


def _blob(content: bytes, like: str) -> str:
    """The name that git gives a file's content."""
    return hashlib.new(_algorithm(like), b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _algorithm(name: str) -> str:
    return "sha1" if len(name) == 40 else "sha256"
