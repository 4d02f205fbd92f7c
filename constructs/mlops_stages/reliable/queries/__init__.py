"""Decisions, labels and figures as tables that people query: tables, the workgroup for queries, and who may."""

from mlops_stages.reliable.queries.analyst_role import AnalystRole
from mlops_stages.reliable.queries.model_tables import ModelTables
from mlops_stages.reliable.queries.query_work_group import QueryWorkGroup

__all__ = ["AnalystRole", "ModelTables", "QueryWorkGroup"]
