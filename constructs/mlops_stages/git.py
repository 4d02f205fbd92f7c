"""Git without settings: of the user's environment, of their configuration, of the repository.

Settings name programs (hooks, monitors, filters, signers, pagers, transports) and other repositories: a hook of git
that runs a command leaves GIT_DIR in its environment, and git would then write there. So git gets an environment of
ours, and configuration is read for one thing alone: whose name a commit carries.

https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_stages import commands

SECONDS = 20.0
_MOST_BYTES = 64 << 10
_WHO = ("AUTHOR", "COMMITTER")
_NAMED_BY = frozenset({"HOME", "XDG_CONFIG_HOME", "EMAIL", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"}) | {
    f"GIT_{who}_{what}" for who in _WHO for what in ("NAME", "EMAIL")
}
"""The variables that say who commits, or where that is written."""
_IN_ENVIRONMENT = re.compile(r"GIT_CONFIG_(?:NOSYSTEM|COUNT|KEY_\d{1,3}|VALUE_\d{1,3})")
_IDENTITY = re.compile(r"(.+) <([^<>]+)> \d+ [+-]\d{4}\n?")
_NOTHING_RUNS = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)


def program() -> str | None:
    """Return where git is; None where it is not installed."""
    return shutil.which("git", path=commands.search_path(os.environ))


def run(
    git: str, words: Sequence[str], *, directory: Path, variables: Mapping[str, str] | None = None, most: int
) -> commands.Done:
    """Run git in a directory with no settings but `variables`; keep the last `most` bytes of what it prints."""
    with tempfile.TemporaryDirectory(prefix="mlops-stages-") as home:
        environment = {
            **_quiet(),
            "HOME": home,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            **(variables or {}),
        }
        return commands.run(
            [git, "--no-pager", *_NOTHING_RUNS, *words],
            environment=environment,
            directory=directory,
            seconds=SECONDS,
            most=most,
            errors=False,
        )


def first_commit(directory: Path, message: str) -> bool:
    """Make a repository of a directory that holds none, and one commit of all its files, in the user's name.

    Return False, with no repository, where git is missing or does not know who commits.
    """
    git = program()
    if git is None:
        return False
    place = {"GIT_DIR": str(directory / ".git")}  # its work tree is where git runs
    made = False
    try:
        if _done(git, ["init", "--quiet", "--template=", "--initial-branch=main"], directory, place):
            named = {**place, **(_identity(git, directory) or {})}
            commit = ["commit", "--quiet", "--no-verify", "--message", message]
            made = named != place and _done(git, ["add", "--all"], directory, place)
            made = made and _done(git, commit, directory, named)
    finally:
        if not made:
            shutil.rmtree(directory / ".git", ignore_errors=True)
    return made


def _done(git: str, words: Sequence[str], directory: Path, variables: Mapping[str, str]) -> bool:
    return run(git, words, directory=directory, variables=variables, most=_MOST_BYTES).code == 0


def _identity(git: str, directory: Path) -> dict[str, str] | None:
    """Who commits, as the variables that say so; None where git does not know.

    Git reads the user's configuration for it, as it counts in that directory, and `git var` runs nothing of it.
    """
    kept = {name: value for name, value in os.environ.items() if name in _NAMED_BY or _IN_ENVIRONMENT.fullmatch(name)}
    environment = {**_quiet(), **kept, "GIT_DIR": str(directory / ".git")}
    found: dict[str, str] = {}
    for who in _WHO:
        done = commands.run(
            [git, "--no-pager", "var", f"GIT_{who}_IDENT"],
            environment=environment,
            directory=directory,
            seconds=SECONDS,
            most=_MOST_BYTES,
            errors=False,
        )
        said = _IDENTITY.fullmatch(os.fsdecode(done.output)) if done.code == 0 and not done.cut else None
        if said is None:
            return None
        found |= {f"GIT_{who}_NAME": said[1], f"GIT_{who}_EMAIL": said[2]}
    return found


def _quiet() -> dict[str, str]:
    """What git always gets: it asks nobody, and reaches no other machine."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",  # an object that is missing is fetched from nowhere
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
