"""The region deny against AWS's own: each of their exemptions is ours too, or left out for a reason that is written."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from mlops_stages.repeatable.guardrails.regions import ANSWERED_ELSEWHERE, GLOBAL_SERVICES, NOT_EXEMPT

_LISTS = json.loads(Path(__file__).with_name("region_deny_lists.json").read_text("utf-8"))
LISTS: dict[str, list[str]] = {name: found["exempt"] for name, found in _LISTS.items()}
LEFT_OUT = [action for actions in NOT_EXEMPT.values() for action in actions]
EVERY = [action for exempt in LISTS.values() for action in exempt]


@pytest.mark.parametrize("name", LISTS)
def test_each_exemption_of_aws_is_ours_or_left_out_for_a_reason(name: str) -> None:
    undecided = [
        theirs
        for theirs in LISTS[name]
        if theirs not in LEFT_OUT and not any(fnmatchcase(ours, theirs) for ours in GLOBAL_SERVICES)
    ]
    assert undecided == []


def test_we_exempt_nothing_that_aws_does_not_but_what_the_preflight_reads() -> None:
    beyond = [ours for ours in GLOBAL_SERVICES if not any(fnmatchcase(ours, theirs) for theirs in EVERY)]
    assert beyond == ["servicequotas:GetServiceQuota"]


def test_nothing_is_left_out_that_aws_does_not_exempt_or_that_we_exempt_all_the_same() -> None:
    assert set(LEFT_OUT) <= set(EVERY)
    assert [action for action in LEFT_OUT if action in GLOBAL_SERVICES] == []
    assert len(LEFT_OUT) == len(set(LEFT_OUT))


def test_where_data_could_go_no_wildcard_is_exempt() -> None:
    """What holds data in any region, or moves it there."""
    for service in ("kms", "s3", "ec2", "ecr", "ecr-public", "sagemaker", "glue", "athena", "logs", "backup", "rds"):
        assert f"{service}:*" not in GLOBAL_SERVICES
    verbs = {action.partition(":")[2] for action in GLOBAL_SERVICES if action.startswith(("s3:", "ec2:", "ecr"))}
    assert all(verb.startswith(("Get", "List", "Describe")) or verb == "PutAccountPublicAccessBlock" for verb in verbs)


def test_each_exemption_has_a_reason_and_stands_once() -> None:
    assert len(GLOBAL_SERVICES) == len(set(GLOBAL_SERVICES))
    assert all(len(reason) > 20 for reason in (*ANSWERED_ELSEWHERE, *NOT_EXEMPT))


def test_each_list_says_where_it_is_from_and_when_it_was_read() -> None:
    for found in _LISTS.values():
        assert found["source"].startswith("https://docs.aws.amazon.com/")
        assert found["read"][:3] == "202"
