"""rich's console, showing what it is given: colors are ours, characters that a terminal obeys are escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from mlops_stages.terminal import output, visible


class VisibleConsole(Console):
    """A console that takes no markup, emoji codes or control characters from a text."""

    def __init__(
        self,
        file: IO[str] | None = None,
        *,
        error: bool = False,
        width: int | None = None,
        force_terminal: bool | None = None,
        colors: bool = True,
    ) -> None:
        super().__init__(
            file=output(error=error) if file is None else file,
            width=width,
            force_terminal=force_terminal,
            color_system="auto" if colors else None,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does; what is not a control of rich's own is shown."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))
