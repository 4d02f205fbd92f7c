"""The policy of a preflight reads, by AWS's own data, and nothing that somebody stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.tables.preflight import document
from mlops_stages.preflight import CHECKS
from mlops_stages.preflight.aws import action
from tests import iam_data

ROOT = Path(__file__).resolve().parents[2]


def test_every_action_of_the_preflight_policy_exists_and_reads() -> None:
    written = json.loads((ROOT / "docs" / "preflight-policy.json").read_text("utf-8"))
    assert written == document()
    for name in _actions(written):
        found = iam_data.actions(name)
        assert [action.name for action in found] == [name]
        assert {action.access_level for action in found} <= {"List", "Read"}, name


def test_the_preflight_policy_grants_what_every_check_asks() -> None:
    assert _actions(document()) == sorted({action(operation) for check in CHECKS for operation in check.asks})


def test_the_preflight_policy_shows_no_secret_parameter_and_lists_no_bucket_of_others() -> None:
    resources = {name: s["Resource"] for s in document()["Statement"] for name in s["Action"]}
    assert resources["ssm:GetParameter"] == "arn:aws:ssm:*:*:parameter/cdk-bootstrap/*"
    assert resources["s3:ListBucket"] == "arn:aws:s3:::PLATFORM-*"


def test_no_other_action_of_the_preflight_policy_reads_what_somebody_stores() -> None:
    everywhere = next(s["Action"] for s in document()["Statement"] if s["Resource"] == "*")
    contents = {"GetObject", "GetParameter", "GetParameters", "GetSecretValue", "GetLogEvents", "GetItem", "Decrypt"}
    assert not {name for name in everywhere if name.partition(":")[2] in contents}


def _actions(document: dict[str, Any]) -> list[str]:
    return sorted(name for statement in document["Statement"] for name in statement["Action"])
