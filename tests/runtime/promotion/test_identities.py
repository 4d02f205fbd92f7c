"""Who decided: by the role of a session and its person, never by what a version says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.identities import Origin, Person, decider, refuse_two_parts
from tests.runtime.promotion.given import TOOLING, session

ROLE = "acme-late-arrival.approve"


def found(arn: object, source_identity: object = None) -> Person:
    identity: dict[str, Any] = {"Arn": arn}
    if source_identity is not None:
        identity["SourceIdentity"] = source_identity
    described = {"LastModifiedBy": {"IamIdentity": identity}}
    return decider(described, account=TOOLING, role=ROLE, where="arrivals/late-arrival v1")


def test_a_person_is_the_session_of_the_role() -> None:
    assert found(session("approve", "ben@acme.example")).identity == "ben@acme.example"


def test_a_source_identity_goes_before_the_sessions_name() -> None:
    assert found(session("approve", "cli"), "ben@acme.example").identity == "ben@acme.example"


@pytest.mark.parametrize(
    "arn",
    [
        None,
        session("release", "ben@acme.example"),
        session("approve", "ben@acme.example").replace(TOOLING, "999999999999"),
        f"arn:aws:iam::{TOOLING}:user/acme-late-arrival.approve",
        f"arn:aws:iam::{TOOLING}:role/acme/arrivals/acme-late-arrival.approve",
        session("approve", "ben@acme.example/more"),
        session("approve", ""),
        session("approve", "ben@acme.example") + "\n",
    ],
)
def test_nobody_else_decides(arn: object) -> None:
    with pytest.raises(PromotionError, match="PRM-010"):
        found(arn)


def test_four_people_are_four_people() -> None:
    people = [Person("arn", f"{name}@acme.example") for name in ("ben", "cara")]
    refuse_two_parts("v1", Origin("ann@acme.example", "ann@acme.example"), *people)


@pytest.mark.parametrize("second", ["Ann@acme.example", "dan@ACME.example", "ben@acme.example"])
def test_who_has_two_parts_is_refused_whatever_the_case_of_their_address(second: str) -> None:
    people = [Person("arn", "ben@acme.example"), Person("arn", second)]
    with pytest.raises(PromotionError, match="PRM-011"):
        refuse_two_parts("v1", Origin("ann@acme.example", "dan@acme.example"), *people)
