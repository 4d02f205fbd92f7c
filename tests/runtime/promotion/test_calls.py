"""CloudTrail's event of a call: read strictly, recorded once, before or after what followed from it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mlops_stages.runtime.ledger.codes import LedgerError
from mlops_stages.runtime.promotion.calls import read_call
from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.request import handle
from tests.runtime.promotion.given import BEN, CARA, SETTINGS, TOOLING, World, session

Json = dict[str, Any]
EVENT = "b8b4c2a1-6a7e-4cf7-a9f1-0123456789ab"


def call(role: str = "approve", person: str = BEN, number: int = 1, event: str = EVENT, **asked: Any) -> Json:  # noqa: ANN401
    """What EventBridge sends of a call, as CloudTrail writes it."""
    given = asked or {"modelApprovalStatus": "Approved"}
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{TOOLING}:role/acme-late-arrival.{role}", "accountId": TOOLING}
    return {
        "id": "0e6f5a0c-3c4d-4c55-b0a7-4a31d0b2f8aa",
        "source": "aws.sagemaker",
        "detail-type": "AWS API Call via CloudTrail",
        "account": TOOLING,
        "detail": {
            "eventSource": "sagemaker.amazonaws.com",
            "eventName": "UpdateModelPackage",
            "eventTime": "2026-11-27T09:01:00Z",
            "eventID": event,
            "requestParameters": {"modelPackageArn": SETTINGS.package_arn(number), **given},
            "responseElements": {"modelPackageArn": SETTINGS.package_arn(number)},
            "userIdentity": {
                "type": "AssumedRole",
                "arn": session(role, person),
                "sessionContext": {"sessionIssuer": issuer, "sourceIdentity": person},
            },
        },
    }


def changed(event: Json, path: str, value: object) -> Json:
    """An event with another value at a place."""
    made = copy.deepcopy(event)
    *parents, last = path.split(".")
    held = made
    for each in parents:
        held = held[each]
    held[last] = value
    return made


def cycle(stage: str, status: str) -> Json:
    return {"modelLifeCycle": {"stage": stage, "stageStatus": status, "stageDescription": "why"}}


@pytest.mark.parametrize(
    ("asked", "decisions"),
    [
        ({"modelApprovalStatus": "Approved", "approvalDescription": "well done"}, ("approved",)),
        ({"modelApprovalStatus": "Rejected"}, ("rejected",)),
        (cycle("Production", "Approved"), ("released",)),
        (cycle("Production", "Rejected"), ("refused",)),
        (cycle("Production", "Restored"), ("restored",)),
        (cycle("Staging", "Requested"), ("requested",)),
        ({"modelApprovalStatus": "Approved", **cycle("Production", "Approved")}, ("approved", "released")),
        ({"modelApprovalStatus": "PendingManualApproval"}, ("changed",)),
        ({"customerMetadataProperties": {"author": "nobody"}}, ("changed",)),
        (cycle("Moon", "Landed"), ("changed",)),
        ({"modelLifeCycle": "Production"}, ("changed",)),
    ],
)
def test_it_says_what_the_call_decides(asked: Json, decisions: tuple[str, ...]) -> None:
    assert read_call(call(**asked), SETTINGS).decisions == decisions


def test_a_call_is_recorded_with_its_event_and_the_person_behind_the_role() -> None:
    world = World()
    assert handle(world.promotion, call("release", CARA, 7, **cycle("Production", "Approved"))) == {
        "called": ["released"]
    }
    assert world.queue.body("called") == {
        "package_arn": SETTINGS.package_arn(7),
        "decision": "released",
        "who": {"principal": session("release", CARA), "source_identity": CARA, "cloudtrail_event": EVENT},
    }
    (entry,) = world.queue.messages.values()
    assert (entry["at"], entry["event"]) == ("2026-11-27T09:01:00Z", f"called/{EVENT}/released")


@pytest.mark.parametrize(
    ("identity", "principal", "person"),
    [
        ({"arn": session("approve", BEN), "sessionContext": {}}, session("approve", BEN), BEN),
        ({"arn": session("approve", BEN)}, session("approve", BEN), BEN),
        ({"arn": session("approve", BEN), "sessionContext": {"sourceIdentity": "a b"}}, session("approve", BEN), BEN),
        ({"arn": f"arn:aws:iam::{TOOLING}:user/people/bob"}, f"arn:aws:iam::{TOOLING}:user/people/bob", "bob"),
        ({"arn": f"arn:aws:iam::{TOOLING}:root"}, f"arn:aws:iam::{TOOLING}:root", "root"),
    ],
)
def test_who_has_no_source_identity_is_named_by_the_session_or_the_user(
    identity: Json, principal: str, person: str
) -> None:
    who = read_call(changed(call(), "detail.userIdentity", identity), SETTINGS).who
    assert (who.principal, who.identity) == (principal, person)


@pytest.mark.parametrize("call_first", [True, False])
def test_a_call_comes_before_its_decision_or_after_it_and_twice(call_first: bool) -> None:
    world = World()
    world.version(1)
    decision = world.approve(1)
    events = [call(), decision, call(), decision] if call_first else [decision, call(), decision, call()]
    for each in events:
        handle(world.promotion, each)
    assert sorted(world.queue.kinds()) == ["approved", "called"]


def test_two_calls_of_one_person_are_two_records() -> None:
    world = World()
    for event in (EVENT, EVENT.replace("b8", "c8")):
        handle(world.promotion, call(event=event))
    assert world.queue.kinds() == ["called", "called"]


def test_a_decision_does_not_wait_for_its_call() -> None:
    world = World()
    world.version(1)
    assert handle(world.promotion, world.approve(1)) == {"approved": "begun"}
    assert world.queue.kinds() == ["approved"]


@pytest.mark.parametrize(
    ("code", "path", "value"),
    [
        ("PRM-001", "source", "mine"),
        ("PRM-001", "detail", None),
        ("PRM-001", "detail.eventSource", "s3.amazonaws.com"),
        ("PRM-001", "detail.eventName", "DeleteModelPackage"),
        ("PRM-001", "detail.errorCode", "AccessDenied"),
        ("PRM-001", "detail.eventTime", "noon"),
        ("PRM-001", "detail.userIdentity", None),
        ("PRM-001", "detail.userIdentity.arn", 7),
        ("PRM-001", "detail.userIdentity", {"arn": f"arn:aws:iam::{TOOLING}:user/a\nb"}),
        ("PRM-001", "detail.requestParameters.modelPackageArn", f"{SETTINGS.package_arn(1)}/2"),
        ("PRM-002", "account", "999999999999"),
        ("PRM-002", "detail.requestParameters", None),
        ("PRM-002", "detail.requestParameters.modelPackageArn", SETTINGS.package_arn(1).replace("late", "early")),
    ],
)
def test_what_is_no_call_about_the_model_is_refused(code: str, path: str, value: object) -> None:
    world = World()
    with pytest.raises(PromotionError) as refused:
        handle(world.promotion, changed(call(), path, value))
    assert refused.value.code == code
    assert not world.queue.messages


@pytest.mark.parametrize("event", ["", "b8", f"{EVENT}\n", "../../x", None])
def test_an_id_that_is_none_of_cloudtrail_s_is_not_sent(event: Any) -> None:  # noqa: ANN401 - any value
    world = World()
    with pytest.raises(LedgerError):
        handle(world.promotion, call(event=event))
    assert not world.queue.messages
