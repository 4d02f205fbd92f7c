"""Captured decisions as data: where they are kept, and what reads them."""

from mlops_stages.reliable.decisions.decision_reader import CODE, DecisionReader
from mlops_stages.reliable.decisions.decision_store import DecisionStore
from mlops_stages.reliable.decisions.team_decisions import ReadModel, TeamDecisions

__all__ = ["CODE", "DecisionReader", "DecisionStore", "ReadModel", "TeamDecisions"]
