"""The registry's event: read strictly, with every form of time that SageMaker has been seen to write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.events import read_change, read_time
from tests.runtime.promotion.given import SETTINGS, World


def event(**detail: Any) -> dict[str, Any]:  # noqa: ANN401 - any fields
    world = World()
    world.version(7)
    made = world.approve(7)
    made["detail"].update(detail)
    return made


def test_an_approval_says_which_version_and_when() -> None:
    change = read_change(event(), SETTINGS)
    assert (change.version, change.what) == (7, ("approved",))
    assert change.modified == datetime(2026, 11, 27, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("updated", "status", "cycle", "what"),
    [
        ([], "PendingManualApproval", None, ("registered",)),
        (None, "PendingManualApproval", None, ("registered",)),
        (["ModelApprovalStatus"], "PendingManualApproval", None, ("registered",)),
        ([], "Approved", None, ()),
        (["ApprovalDescription"], "Approved", None, ()),
        (["ModelApprovalStatus"], "Rejected", None, ()),
        (["ModelLifeCycle"], "Approved", ("Production", "Approved"), ("released",)),
        (["ModelLifeCycle"], "Approved", ("Production", "Rejected"), ("refused",)),
        (["ModelLifeCycle"], "Approved", ("Production", "Restored"), ("restored",)),
        (["ModelLifeCycle"], "Approved", ("Staging", "Requested"), ("requested",)),
        (["ModelLifeCycle"], "Approved", ("Staging", "Approved"), ()),
        (["CustomerMetadataProperties"], "Approved", ("Production", "Approved"), ()),
        (["ModelLifeCycle", "ModelApprovalStatus"], "Approved", ("Production", "Approved"), ("approved", "released")),
    ],
)
def test_only_what_was_updated_counts(
    updated: list[str] | None, status: str, cycle: tuple[str, str] | None, what: tuple[str, ...]
) -> None:
    stages = {} if cycle is None else {"ModelLifeCycle": {"Stage": cycle[0], "StageStatus": cycle[1]}}
    made = event(UpdatedModelPackageFields=updated, ModelApprovalStatus=status, **stages)
    assert read_change(made, SETTINGS).what == what


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("PRM-001", {"source": "mine"}),
        ("PRM-001", {"detail-type": "SageMaker Endpoint State Change"}),
        ("PRM-001", {"detail": ["ModelPackageArn"]}),
        ("PRM-001", {"id": "a\nb"}),
        ("PRM-001", {"id": 7}),
        ("PRM-002", {"account": "999999999999"}),
        ("PRM-002", {"detail": {"ModelPackageArn": SETTINGS.package_arn(1).replace("late", "early")}}),
        ("PRM-002", {"detail": {"ModelPackageArn": SETTINGS.package_arn(1).replace("333", "999")}}),
        ("PRM-002", {"detail": {"ModelPackageArn": None}}),
        ("PRM-001", {"detail": {"ModelPackageArn": f"{SETTINGS.package_arn(1)}/2"}}),
        ("PRM-001", {"detail": {"ModelPackageArn": SETTINGS.package_arn(0)}}),
        ("PRM-001", {"detail": {"ModelPackageArn": f"{SETTINGS.package_arn(1)}\n"}}),
        ("PRM-001", {"detail": {"ModelPackageArn": SETTINGS.package_arn(1), "UpdatedModelPackageFields": "all"}}),
    ],
)
def test_what_is_no_event_of_the_model_is_refused(code: str, changes: dict[str, Any]) -> None:
    with pytest.raises(PromotionError) as refused:
        read_change({**event(), **changes}, SETTINGS)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "value",
    [1795770060, 1795770060.0, 1795770060000, "2026-11-27T09:01:00Z", "2026-11-27T09:01:00",
     "2026-11-27T10:01:00+01:00", datetime(2026, 11, 27, 9, 1), datetime(2026, 11, 27, 9, 1, tzinfo=UTC)],
)  # fmt: skip
def test_a_time_is_read_in_whatever_form(value: object) -> None:
    assert read_time(value) == datetime(2026, 11, 27, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "yesterday", True, float("nan"), 10**30, {}])
def test_what_is_no_time_is_none(value: object) -> None:
    assert read_time(value) is None
