"""Acknowledgements: narrow, and never without a reason."""

import pytest
from aws_cdk import App, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from mlops_stages.foundation import Statement, acknowledge, acknowledge_wildcards, policy_document
from mlops_stages.foundation.acknowledge import COMPLIANCE_PACKS
from tests.foundation.built import BOUNDARY, built, refused

NAMED = Statement(sid="ReadOne", actions=["s3:GetObject"], resources=["arn:aws:s3:::one/file"])
WILD = Statement(sid="ReadMany", actions=["s3:GetObject"], resources=["arn:aws:s3:::many/*"], why="all of many")
UNEXPLAINED = Statement(sid="ReadAll", actions=["s3:GetObject"])


def policy(stack: Stack, *statements: Statement) -> iam.CfnManagedPolicy:
    return iam.CfnManagedPolicy(stack, "Policy", policy_document=policy_document(statements))


def test_a_wildcard_with_a_reason_is_no_finding() -> None:
    found = built(lambda stack: acknowledge_wildcards(policy(stack, NAMED, WILD), [NAMED, WILD]))
    assert found.findings == ()


def test_only_the_wildcards_told_of_are_acknowledged() -> None:
    other = Statement(sid="ReadOther", actions=["s3:GetObject"], resources=["arn:aws:s3:::other/*"], why="")
    found = built(lambda stack: acknowledge_wildcards(policy(stack, WILD, other), [WILD]))
    assert found.findings == ("AwsSolutions-IAM5[Resource::arn:aws:s3:::other/*]: Alone/Policy",)


def test_a_wildcard_without_a_reason_is_refused() -> None:
    message, _ = refused(lambda stack: acknowledge_wildcards(policy(stack, UNEXPLAINED), [UNEXPLAINED]))
    assert message.startswith("FND-002")
    assert "ReadAll" in message


def test_what_a_statement_denies_needs_no_acknowledgement() -> None:
    never = Statement(sid="NeverThere", effect="Deny", actions=["s3:PutObject"], resources=["arn:aws:s3:::*/raw/*"])
    found = built(lambda stack: acknowledge_wildcards(policy(stack, NAMED, never), [NAMED, never]))
    assert found.findings == ()
    assert "acknowledged" not in str(found.body)


def test_a_rule_of_all_four_packs_is_acknowledged_in_each() -> None:
    def make(stack: Stack) -> None:
        acknowledge(s3.CfnBucket(stack, "Bucket"), "S3BucketLoggingEnabled", "a reason to stand", in_solutions="S1")

    found = built(make).findings
    assert not [finding for finding in found if "S3BucketLoggingEnabled" in finding or "AwsSolutions-S1:" in finding]


def test_a_wildcard_behind_a_reference_is_found_as_the_pack_prints_it() -> None:
    def make(stack: Stack) -> None:
        role = iam.CfnRole(
            stack, "Role", assume_role_policy_document=policy_document([]), permissions_boundary=BOUNDARY
        )
        inside = Statement(sid="Inside", actions=["iam:GetRole"], resources=[f"{role.attr_arn}/*"], why="below it")
        acknowledge_wildcards(policy(stack, inside), [inside])

    assert not [finding for finding in built(make).findings if "IAM5" in finding]


def test_a_wildcard_of_a_policy_variable_is_found_as_the_pack_prints_it() -> None:
    mine = Statement(
        sid="Mine", actions=["s3:GetObject"], resources=["arn:aws:s3:::b/${aws:PrincipalTag/team}/*"], why="one's own"
    )
    assert built(lambda stack: acknowledge_wildcards(policy(stack, mine), [mine])).findings == ()


def test_a_wildcard_behind_the_stacks_own_account_is_found() -> None:
    def make(stack: Stack) -> None:
        arn = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:/x/*"
        mine = Statement(sid="Logs", actions=["logs:PutLogEvents"], resources=[arn], why="logs of x")
        acknowledge_wildcards(policy(stack, mine), [mine])

    assert built(make).findings == ()


def test_one_rule_of_one_resource_is_acknowledged_in_all_three_packs() -> None:
    def make(stack: Stack) -> None:
        acknowledge(s3.CfnBucket(stack, "Known"), "S3BucketReplicationEnabled", "one region on purpose")
        s3.CfnBucket(stack, "Unknown")

    replication = [finding for finding in built(make).findings if "Replication" in finding]
    assert replication == [f"{pack}-S3BucketReplicationEnabled: Alone/Unknown" for pack in COMPLIANCE_PACKS]


@pytest.mark.parametrize("statements", [[], [NAMED]])
def test_nothing_to_acknowledge_is_nothing(statements: list[Statement]) -> None:
    acknowledge_wildcards(Stack(App(analytics_reporting=False), "Alone"), statements)


def test_a_wildcard_behind_another_stacks_export_is_found() -> None:
    def make(stack: Stack) -> None:
        mine = Statement(
            sid="Theirs", actions=["s3:GetObject"], resources=[f"{Fn.import_value('Bucket')}/*"], why="all"
        )
        acknowledge_wildcards(policy(stack, mine), [mine])

    assert built(make).findings == ()
