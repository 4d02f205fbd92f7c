"""Golden records: the endpoint gives each the score that was registered, and says that this version gave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...capture.answers import Scored
from ...capture.records import JSON_LINES
from .endpoint import Ask, lines, scored
from .findings import Findings
from .material import Golden, Material

ROWS = 32
"""Rows of a request."""


def check(ask: Ask, material: Material, package_arn: str) -> Findings:
    """Ask for all of them. PRM-050."""
    found = Findings()
    for first in range(0, len(material.golden), ROWS):
        batch = material.golden[first : first + ROWS]
        answer = ask(lines(*(each.record for each in batch)), JSON_LINES)
        found.asked += 1
        if answer.status != 200:
            found.add("PRM-050", f"golden records from {first + 1}", f"the answer is {answer.status}")
            continue
        wrong(answer.body, batch, material.tolerance, package_arn, found)
    return found


def wrong(
    body: str,
    batch: Sequence[Golden],
    tolerance: float,
    package_arn: str,
    found: Findings,
    read: Callable[[str], list[Scored]] = scored,
) -> None:
    """Add what is wrong with an answer; `read` reads its rows. PRM-050."""
    names = [str(each.record.get("decision_id")) for each in batch]
    try:
        rows = read(body)
    except ValueError as error:
        found.add("PRM-050", names[0], str(error))
        return
    if [row.decision for row in rows] != names:
        found.add("PRM-050", names[0], f"{len(rows)} rows came back for {len(names)}, or not theirs")
        return
    for row, each in zip(rows, batch, strict=True):
        if row.package != package_arn:
            found.add("PRM-050", row.decision, f"the answer is of {row.package[-80:]!r}")
        elif not abs(row.score - each.score) <= tolerance:  # not <=: NaN is far from everything
            found.add("PRM-050", row.decision, f"the score is {row.score!r}, registered was {each.score!r}")
