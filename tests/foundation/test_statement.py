"""Statements as data."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms

from mlops_stages.foundation import Statement, actions_of, policy_document, trust_policy
from mlops_stages.foundation.statement import size_in_iam

READ = Statement(sid="Read", actions=["s3:ListBucket", "s3:GetObject"], resources=("arn:aws:s3:::b",))


def test_actions_are_sorted_so_that_a_diff_shows_changes_only() -> None:
    assert READ.to_json()["Action"] == ["s3:GetObject", "s3:ListBucket"]


def test_an_identity_statement_has_no_principal_and_a_trust_no_resource() -> None:
    assert "Principal" not in READ.to_json()
    assert "Resource" not in trust_policy([READ])["Statement"][0]


def test_a_condition_is_there_only_where_given() -> None:
    assert "Condition" not in READ.to_json()
    narrowed = Statement(sid="Read", actions=["s3:GetObject"], conditions={"Bool": {"aws:SecureTransport": "true"}})
    assert narrowed.to_json()["Condition"] == {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("principals", "expected"), [("*", "*"), ({"Service": ("x.amazonaws.com",)}, {"Service": ["x.amazonaws.com"]})]
)
def test_principals_are_iams(principals: object, expected: object) -> None:
    statement = Statement(sid="Read", actions=["a:B"], principals=principals)  # pyright: ignore[reportArgumentType]
    assert statement.to_json()["Principal"] == expected


def test_the_reason_stays_out_of_the_policy() -> None:
    assert "because" not in str(Statement(sid="Read", actions=["a:B"], why="because").to_json())


def test_a_document_has_iams_version() -> None:
    assert policy_document([READ]) == {"Version": "2012-10-17", "Statement": [READ.to_json()]}


def test_what_is_allowed_is_listed_once_and_what_is_refused_is_not() -> None:
    refuse = Statement(sid="Refuse", effect="Deny", actions=["s3:DeleteBucket"])
    assert actions_of([READ, READ, refuse]) == ("s3:GetObject", "s3:ListBucket")


def test_the_size_counts_no_white_space_and_a_reference_as_what_it_will_be() -> None:
    document = policy_document([READ])
    assert size_in_iam(document) < len(str(document))
    stack = Stack(App(analytics_reporting=False), "Alone")
    key = kms.CfnKey(stack, "Key", key_policy={}).attr_arn
    for reference, at_least in (
        (stack.account, "111111111111"),
        (stack.region, "ap-southeast-1"),
        (key, "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"),
    ):
        referring, literal = (
            policy_document([Statement(sid="Read", actions=["s3:GetObject"], resources=[resource])])
            for resource in (reference, at_least)
        )
        assert size_in_iam(literal) <= size_in_iam(referring) < size_in_iam(literal) + 20
