"""Labels and decisions brought together: each decision has one label, or none and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from ..decisions.database import all_rows, count

_STATEMENTS = (
    # Where several decisions share an id, such as "1" when neither caller nor container gives one, SageMaker's id of
    # the request and the row in it replace it. An id of a caller's never holds '#'.
    """
    CREATE OR REPLACE TEMP TABLE keyed AS
    SELECT *, CASE WHEN same_id = 1 THEN decision_id ELSE event_id || '#' || row END AS judged_id
    FROM (
        SELECT *, count(*) OVER (PARTITION BY decision_id) AS same_id, count(*) OVER (PARTITION BY event_id, row)
            AS same_row
        FROM decision_rows
    )
    """,
    """
    CREATE OR REPLACE TABLE judged_decisions AS
    SELECT * EXCLUDE (same_id, same_row, judged_id) REPLACE (judged_id AS decision_id) FROM keyed
    WHERE same_id = 1 OR same_row = 1
    """,
    # How many decisions each id has, and the first of them
    """
    CREATE OR REPLACE TEMP TABLE named AS
    SELECT 'decision' AS kind, decision_id AS id, 0 AS row, count(*) AS decisions, min(judged_id) AS decision_id
    FROM keyed GROUP BY decision_id
    UNION ALL
    SELECT 'inference', inference_id, row, count(*), min(judged_id)
    FROM keyed WHERE inference_id IS NOT NULL GROUP BY inference_id, row
    UNION ALL
    SELECT 'event', event_id, row, count(*), min(judged_id)
    FROM keyed GROUP BY event_id, row
    """,
    # Every row of labels, with the decisions that its id has; an inference id is one whatever the row
    """
    CREATE OR REPLACE TEMP TABLE told AS
    SELECT named.decisions, named.decision_id, given.label, given.collected_at, given.correction
    FROM (
        SELECT label, collected_at, correction, coalesce(decision_id, event_id) AS id, coalesce(row, 0) AS row,
            CASE WHEN decision_id IS NOT NULL THEN 'decision'
                WHEN event_id IN (SELECT inference_id FROM decision_rows WHERE inference_id IS NOT NULL)
                THEN 'inference' ELSE 'event' END AS kind
        FROM label_rows
    ) AS given
    LEFT JOIN named ON named.kind = given.kind AND named.id = given.id AND named.row = given.row
    """,
    # Of each decision the corrections of the last hour that has any, else all its labels
    """
    CREATE OR REPLACE TEMP TABLE resolved AS
    WITH usable AS (
        SELECT decision_id, label, collected_at, correction FROM told
        WHERE decisions = 1 AND decision_id IN (SELECT decision_id FROM judged_decisions)
    ),
    corrected AS (
        SELECT decision_id, max(collected_at) AS corrected_at FROM usable WHERE correction GROUP BY decision_id
    )
    SELECT usable.decision_id, min(label) AS label, min(label) = max(label) AS agrees,
        max(corrected_at) IS NOT NULL AS corrected
    FROM usable LEFT JOIN corrected ON corrected.decision_id = usable.decision_id
    WHERE corrected_at IS NULL OR (correction AND collected_at = corrected_at)
    GROUP BY usable.decision_id
    """,
    "CREATE OR REPLACE TABLE labels AS SELECT decision_id, label FROM resolved WHERE agrees",
)
_TEMPORARY = ("keyed", "named", "told", "resolved")


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far labels reach. Of the decisions that are judged, each is labelled, missing or contradictory.

    Attributes:
        decisions: that are judged.
        labelled: decisions with a label.
        missing: decisions that no label names.
        contradictory: decisions whose labels differ, without a correction or in corrections of the same hour.
        corrected: decisions whose label is a correction.
        unknown: rows of labels that name no decision.
        ambiguous: rows of labels whose id several decisions have, and that label none of them.
        repeated_ids: decisions whose id others have, too: only labels by the request's id reach them.
        newest_collected: the last hour, in UTC without a time zone, in which a label was collected; None without any.
    """

    decisions: int
    labelled: int
    missing: int
    contradictory: int
    corrected: int
    unknown: int
    ambiguous: int
    repeated_ids: int
    newest_collected: datetime | None


def resolve(database: duckdb.DuckDBPyConnection) -> Coverage:
    """Make the tables `judged_decisions` and `labels` of the views `decision_rows` and `label_rows`.

    `judged_decisions` has the columns of decisions, and a `decision_id` that is unique: where the decision's own is
    not, the event id, `#`, and the row. `labels` has `decision_id` and `label`, at most one row for each of them. A
    label by `event_id` is that of the decision with such an inference id and `row`; where no decision has that
    inference id, of the one with such an event id and `row`.
    """
    for statement in _STATEMENTS:
        database.execute(statement)
    decisions, labelled = count(database, "judged_decisions"), count(database, "labels")
    contradictory = count(database, "resolved WHERE NOT agrees")
    ((newest,),) = all_rows(database, "SELECT max(collected_at) FROM told")
    coverage = Coverage(
        decisions=decisions,
        labelled=labelled,
        missing=decisions - labelled - contradictory,
        contradictory=contradictory,
        corrected=count(database, "resolved WHERE agrees AND corrected"),
        unknown=count(database, "told WHERE decisions IS NULL"),
        ambiguous=count(database, "told WHERE decisions > 1"),
        repeated_ids=count(database, "keyed WHERE same_id > 1"),
        newest_collected=newest,
    )
    for name in _TEMPORARY:
        database.execute(f"DROP TABLE {name}")
    return coverage
