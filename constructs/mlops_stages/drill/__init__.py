"""The reference model on its real stream in the local AWS: served, captured, watched, wrong, told, and healed."""

from mlops_stages.drill.html import MARK, html
from mlops_stages.drill.people import People
from mlops_stages.drill.report import Report, to_json
from mlops_stages.drill.scenarios import SCENARIOS, Scenario, play
from mlops_stages.drill.text import lines
from mlops_stages.drill.watcher import Watcher

__all__ = ["MARK", "SCENARIOS", "People", "Report", "Scenario", "Watcher", "html", "lines", "play", "to_json"]
