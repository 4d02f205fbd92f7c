"""What commands have in common: reading the platform file, and reaching this machine past any proxy."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from mlops_stages.platform import OFFER, Platform, PlatformErrors, load

NAME = "platform.yaml"


def read(directory: Path) -> Platform:
    """Return the platform of a directory; if it has mistakes, print them all and end the command with exit code 2."""
    try:
        platform = load(shortest(directory / NAME))
        platform.refuse_beyond(OFFER)
    except PlatformErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(2) from errors
    return platform


def load_or_end(file: Path) -> Platform:
    """Return the platform of a file; if it has mistakes, print them all and end the command with exit code 2."""
    try:
        return load(file)
    except PlatformErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(2) from errors


def shortest(path: Path) -> Path:
    """Return the path as seen from the current directory, if it is below: what is printed can then be read."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def no_proxy() -> None:
    """Have this process and what it starts reach the local AWS directly, whatever proxy the machine has."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))
