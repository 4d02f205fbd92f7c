"""Every statement of this stage's constructs against AWS's own IAM data: what it names exists, and counts."""

import json
from collections.abc import Callable, Mapping

import pytest
from aws_cdk import Stack

from tests.foundation.built import Built, Json, built
from tests.iam_faults import faults
from tests.invariants.statements import Statement, statements
from tests.reliable.ledger.built_ledger import a_ledger, a_model, some_heads
from tests.reliable.promotion.a_promotion import a_promotion
from tests.reliable.serving import BATCH, a_role, a_store, a_transform, all_of_it
from tests.reliable.test_releaser_role import a_role as a_releaser
from tests.reliable.test_team_serving import a_team
from tests.resolved_templates import ResolvedTemplates

HERE = {"Alone": ("666666666666", "eu-west-1")}


def store(stack: Stack) -> None:
    a_store(stack, models=["card-fraud", "refunds"])


MAKERS: Mapping[str, Callable[[Stack], object]] = {
    "endpoint": all_of_it,
    "transform": a_transform,
    "role of a transform": lambda stack: a_role(stack, batch=BATCH),
    "store": store,
    "team where versions serve": a_team,
    "team where versions are tried": lambda stack: a_team(stack, is_tried=True),
    "ledger": lambda stack: a_ledger(stack, "audit@acme.example"),
    "heads of the ledger": some_heads,
    "queue of a model": a_model,
    "who releases a model": a_releaser,
    "promotion of a model": a_promotion,
}


def placed(found: Built) -> list[Statement]:
    resolved = ResolvedTemplates({"Alone": found.body}, HERE)
    policies: list[Json] = [
        each["Properties"] for each in found.body["Resources"].values() if '"Effect"' in json.dumps(each)
    ]
    return [statement for policy in policies for statement in statements(resolved.resolve("Alone", policy))]


@pytest.mark.parametrize("name", MAKERS)
def test_every_statement_is_right_by_the_data_of_aws(name: str) -> None:
    found = placed(built(MAKERS[name]))
    assert len(found) > 5
    assert [f"{fault} [{each['Sid']}]" for each in found for fault in faults(each)] == []
