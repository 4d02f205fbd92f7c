"""A page about one model for its owner: whether it is right, what serves, which alarms are open."""

from mlops_stages.model_page.answer import Answer, answer
from mlops_stages.model_page.facts import Alarm, Captured, Facts, Gap, Notice, Run, Serving, Watched
from mlops_stages.model_page.html import MARK, html
from mlops_stages.model_page.page import Page
from mlops_stages.model_page.reading import NoStoreError, Source
from mlops_stages.model_page.text import lines
from mlops_stages.model_page.told import to_json

__all__ = [
    "MARK",
    "Alarm",
    "Answer",
    "Captured",
    "Facts",
    "Gap",
    "NoStoreError",
    "Notice",
    "Page",
    "Run",
    "Serving",
    "Source",
    "Watched",
    "answer",
    "html",
    "lines",
    "to_json",
]
