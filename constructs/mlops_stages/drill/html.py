"""The page of a drill: one file, without scripts, in light and in dark, for eyes, keyboards and screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlops_stages.drill import plots
from mlops_stages.drill.facts import Bounded
from mlops_stages.drill.report import Report
from mlops_stages.runtime.monitor_runs.numbers import NONE, moment, number
from mlops_stages.terminal import one_line

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = b'<meta name="generator" content="mlops-stages drill">'
"""What tells a page of ours from any other file."""
_TEMPLATE = Path(__file__).parent / "page.html.jinja"


def html(found: Report) -> str:
    """The whole file. Everything that others wrote is escaped, and what cannot be seen is shown as its escape."""
    from markupsafe import Markup

    drawn = {
        name: Markup(draw(found))  # noqa: S704  # of numbers and days; names of alarms are escaped
        for name, draw in (
            ("calibration", plots.calibration), ("scores", plots.scores), ("alarms", plots.alarms)
        )
    }  # fmt: skip
    decisions, requests = (sum(getattr(day, each) for day in found.days) for each in ("decisions", "requests"))
    failed = [each for each in found.checks if not each.holds]
    return (
        _environment()
        .from_string(_TEMPLATE.read_text("utf-8"))
        .render(found=found, plots=drawn, decisions=decisions, requests=requests, failed=failed)
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
    environment.filters |= {
        "moment": moment,
        "number": number,
        "between": _between,
        "count": lambda each: f"{each:,}",
        "sentence": _sentence,
    }
    return environment


def _sentence(text: str) -> str:
    return f"{text.removesuffix('.')}."


def _between(figure: Bounded) -> str:
    return NONE if figure.low is None or figure.high is None else f"{number(figure.low)} to {number(figure.high)}"


def _shown(value: object) -> object:
    """A text whose every character can be seen: directions of writing and fillers would hide others."""
    return one_line(value) if type(value) is str else value
