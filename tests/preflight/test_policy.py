"""The policy of a preflight reads, by AWS's own data."""

from __future__ import annotations

import json
from pathlib import Path

from docs.tables.preflight import document
from tests import iam_data

ROOT = Path(__file__).resolve().parents[2]


def test_every_action_of_the_preflight_policy_exists_and_reads() -> None:
    written = json.loads((ROOT / "docs" / "preflight-policy.json").read_text("utf-8"))
    assert written == document()
    (statement,) = written["Statement"]
    for name in statement["Action"]:
        found = iam_data.actions(name)
        assert [action.name for action in found] == [name]
        assert {action.access_level for action in found} <= {"List", "Read"}, name
