"""Templates of workflows: YAML whose own braces are the host's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_stages.templating import templates


def rendered(template: str, given: Mapping[str, object]) -> str:
    """The text of a template of this folder; the same values are the same text."""
    return templates().from_string(Path(__file__).with_name(template).read_text("utf-8")).render(given)


def indented(lines: Sequence[str], columns: int) -> str:
    """The lines, each so many columns to the right."""
    return "\n".join(f"{'':{columns}}{line}" for line in lines)
