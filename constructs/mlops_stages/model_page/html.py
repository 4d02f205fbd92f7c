"""The page for a browser: one file, without scripts, in light and in dark, for eyes and for screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlops_stages.model_page.page import COLUMNS, Page
from mlops_stages.model_page.plot import Drawing, ratios
from mlops_stages.runtime.monitor_runs.numbers import between, moment, number
from mlops_stages.terminal import one_line

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = b'<meta name="generator" content="mlops-stages model">'
"""What tells a page of ours from any other file."""
_TEMPLATE = Path(__file__).parent / "page.html.jinja"


def html(page: Page) -> str:
    """The whole file. Everything that others wrote is escaped, and what cannot be seen is shown as its escape."""
    from markupsafe import Markup

    watched = page.facts.watched
    points = [] if watched is None else ratios(watched.runs)
    margin = page.newest.settings.margin if page.newest is not None else 0.0
    drawing = Drawing(points=points, least=1 / (1 + margin), most=1 + margin)
    return (
        _environment()
        .from_string(_TEMPLATE.read_text("utf-8"))
        .render(
            page=page,
            facts=page.facts,
            answer=page.answer,
            columns=COLUMNS,
            points=points,
            labels=list(page.labels()),
            costs=list(page.costs()),
            svg=Markup(drawing.svg()),  # noqa: S704  # of numbers and days alone
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters |= {"moment": moment, "number": number, "between": between}
    return environment


def _shown(value: object) -> object:
    """A text whose every character can be seen: directions of writing and fillers would hide others."""
    return one_line(value) if type(value) is str else value
