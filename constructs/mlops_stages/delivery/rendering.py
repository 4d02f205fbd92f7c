"""Templates of workflows: YAML whose own braces are the host's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def rendered(template: str, given: Mapping[str, object]) -> str:
    """The text of a template of this folder; the same values are the same text."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # YAML; platform.yaml's names hold no special character
        variable_start_string="[[",  # `${{` belongs to GitHub
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    environment.filters["quoted"] = json.dumps
    return environment.from_string(Path(__file__).with_name(template).read_text("utf-8")).render(given)


def indented(lines: Sequence[str], columns: int) -> str:
    """The lines, each so many columns to the right."""
    return "\n".join(f"{'':{columns}}{line}" for line in lines)
