"""The mistakes and failures that a person at the command line is told about."""

from __future__ import annotations

from mlops_stages.terminal import one_line, visible

INTERRUPTED = 130
"""The exit code of a command that was interrupted, at whatever moment: 128 and the number of SIGINT."""


class UserError(Exception):
    """What went wrong, where, and what to do about it, under a stable code. Shown without a traceback.

    `exit_code` is 2 for what the user gave (arguments, files), 1 for work that was begun and failed, `INTERRUPTED` for
    work that was interrupted.
    """

    def __init__(self, code: str, where: str, message: str, fix: str, *, exit_code: int = 2) -> None:
        super().__init__(code, where, message, fix)
        self.code: str = code
        self.where: str = where
        self.message: str = message
        self.fix: str = fix
        self.exit_code: int = exit_code

    def __str__(self) -> str:
        # Lines of a message are others' at times, and further in: none of them passes for a fix.
        message = visible(self.message.strip("\n")).replace("\n", "\n    ")
        return f"{self.code} {one_line(self.where)}\n  {message}\n  fix: {one_line(self.fix)}"
