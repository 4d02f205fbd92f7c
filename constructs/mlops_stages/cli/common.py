"""What commands have in common: reading the platform file, and reaching this machine past any proxy."""

from __future__ import annotations

import errno
import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mlops_stages.errors import UserError
from mlops_stages.files import TooLargeError, UnfitFileError, content
from mlops_stages.pipeline_definition import PipelineErrors, check_pipelines
from mlops_stages.platform import OFFER, Platform, PlatformErrors, bootstrap, load
from mlops_stages.terminal import one_line, quoted, say

if TYPE_CHECKING:
    from mlops_stages.local.client.process import Running

NAME = "platform.yaml"
LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of a page that a command may have made."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(directory: Path) -> Platform:
    """Return the platform of a directory; if it has mistakes, print them all and end the command with exit code 2."""
    try:
        return checked(shortest(directory / NAME))
    except (PlatformErrors, PipelineErrors) as errors:
        say(str(errors), error=True)
        raise typer.Exit(2) from errors


def checked(file: Path) -> Platform:
    """Return the platform of a file that can be deployed, with the pipelines that it names.

    Raises:
        PlatformErrors: every mistake in the file, what of it this version does not deploy, or a qualifier of the
            bootstrap that the CDK's context beside it contradicts.
        PipelineErrors: every mistake in the definitions that the file names.
    """
    platform = load(file)
    platform.refuse_beyond(OFFER)
    platform.qualifier(bootstrap.in_context(file.parent))
    errors = check_pipelines(platform, file.parent)
    if errors:
        raise PipelineErrors(errors)
    return platform


def running_in(directory: Path) -> Running:
    """Return the local AWS of a directory. Errors: CLI-010 when none runs, LOC-115 when it does not answer."""
    from mlops_stages.local.client import process

    running = process.status(directory)
    if running is None:
        raise UserError("CLI-010", str(directory), "no local AWS runs here", "run `mlops-stages up`", exit_code=1)
    return running


def load_or_end(file: Path) -> Platform:
    """Return the platform of a file; if it has mistakes, print them all and end the command with exit code 2."""
    try:
        return load(file)
    except PlatformErrors as errors:
        say(str(errors), error=True)
        raise typer.Exit(2) from errors


def shortest(path: Path) -> Path:
    """Return the path as seen from the current directory, if it is below: what is printed can then be read."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def for_shell(path: Path | str) -> str:
    """Return a path as a word that a shell takes as it is, whatever is in it."""
    text = str(path)
    return quoted(f"./{text}" if text.startswith("-") else text)


def given_day(option: str, text: str) -> date:
    """A day as people write it. Error: CLI-100."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UserError("CLI-100", option, f"{one_line(text)[:40]!r} is no day", "write a day in UTC, such as 2026-11-20")


def may_be_written(page: Path, mark: bytes) -> bool:
    """Whether a page can be written there later: nothing is there, or a page that has the mark of its command.

    Asked first, so that no work is lost for a place that takes nothing. Errors: CLI-073 its directory does not take it;
    UnfitFileError what is there is no file.
    """
    folder = page.parent
    said = None if os.path.isdir(folder) else "there is no such directory"  # noqa: PTH112  # Path.is_dir raises
    if said is None and not os.access(folder, os.W_OK | os.X_OK):
        said = os.strerror(errno.EACCES)
    if said is None:
        try:
            return mark in content(page, LARGEST_PAGE)
        except FileNotFoundError:
            return True
        except (TooLargeError, PermissionError):
            return False
        except UnfitFileError:
            raise
        except OSError as error:
            said = str(error.strerror)
    raise UserError("CLI-073", str(page), f"it cannot be written: {said}", "choose a directory that you may write")


def no_proxy() -> None:
    """Have this process and what it starts reach the local AWS directly, whatever proxy the machine has."""
    from mlops_stages.local.endpoint import past_proxies

    os.environ.update(past_proxies(os.environ))
