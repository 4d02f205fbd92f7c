"""The stacks that have termination protection: those of a file beside platform.yaml, which is committed.

A stack's first create cannot be protected: the CDK CLI deletes what a failed create left before it creates the stack
again, and CloudFormation refuses that of a protected stack. And protection that is not in the app is taken off again
by the next `cdk deploy`. So a stack is in the file once it has been created.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mlops_stages import files
from mlops_stages.errors import UserError

NAME = "protected-stacks.txt"
"""The file, in a platform's directory."""

_HEAD = "# Stacks with termination protection. `mlops-stages protect` writes this file; commit it.\n"
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_MOST_BYTES = 1 << 20


def read(file: Path) -> frozenset[str]:
    """Return the names of the stacks in a file; none where there is no file.

    Errors: LOC-090 for a file that cannot be read, LOC-091 for a line that names no stack.
    """
    try:
        text = files.content(file, _MOST_BYTES).decode()
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(
            "LOC-090", str(file), f"the file cannot be read: {reason}", "remove it and run `mlops-stages protect`"
        ) from error
    names: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        if not _STACK.fullmatch(name):
            raise UserError(
                "LOC-091",
                f"{file}:{number}",
                f"{name[:128]!r} is not the name of a stack",
                "write one name a line, or run `mlops-stages protect`, which writes this file",
            )
        names.add(name)
    return frozenset(names)


def write(file: Path, names: Iterable[str]) -> None:
    """Write the names of protected stacks. Raises OSError, the file as it was."""
    files.replace(file, _HEAD + "".join(f"{name}\n" for name in sorted(names)))
