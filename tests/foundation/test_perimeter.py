"""Perimeter: an organization where there is one, else a single account."""

from dataclasses import replace

from aws_cdk import App, Environment, Stack, Token

from mlops_stages.foundation import Perimeter
from tests.foundation.built import ACCOUNT, ALONE, HERE, ORGANIZATION


def test_an_organization_is_us_where_there_is_one() -> None:
    assert HERE.our_principals == {"aws:PrincipalOrgID": ORGANIZATION}


def test_the_account_is_us_where_there_is_no_organization() -> None:
    assert ALONE.our_principals == {"aws:PrincipalAccount": ACCOUNT}


def test_the_platforms_resources_are_those_of_its_accounts_each_named_once() -> None:
    platform = replace(HERE, platform_accounts=("222222222222", ACCOUNT))
    assert platform.resources_of_the_platform() == {"aws:ResourceAccount": [ACCOUNT, "222222222222"]}
    assert platform.resources_of_the_platform("333333333333")["aws:ResourceAccount"][-1] == "333333333333"
    assert ALONE.resources_of_the_platform() == HERE.resources_of_the_platform() == {"aws:ResourceAccount": [ACCOUNT]}
    assert platform.principals_of_the_account == {"aws:PrincipalAccount": ACCOUNT}


def test_a_service_acts_for_the_account_in_either() -> None:
    expected = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert HERE.from_this_account == ALONE.from_this_account == expected


def test_arns_name_partition_region_and_account() -> None:
    china = Perimeter(partition="aws-cn", account=ACCOUNT, region="cn-north-1")
    assert china.arn("logs", "log-group:x") == f"arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:x"
    assert china.global_arn("iam", "role/x") == f"arn:aws-cn:iam::{ACCOUNT}:role/x"
    assert china.root == f"arn:aws-cn:iam::{ACCOUNT}:root"


def test_it_is_taken_from_a_stack_with_an_account() -> None:
    stack = Stack(App(analytics_reporting=False), "Here", env=Environment(account=ACCOUNT, region="eu-west-1"))
    perimeter = Perimeter.of(stack, organization_id=ORGANIZATION)
    assert (perimeter.account, perimeter.region, perimeter.organization_id) == (ACCOUNT, "eu-west-1", ORGANIZATION)


def test_it_is_taken_from_a_stack_without_one() -> None:
    stack = Stack(App(analytics_reporting=False), "Anywhere")
    assert Token.is_unresolved(Perimeter.of(stack).account)
    assert stack.resolve(Perimeter.of(stack).account) == {"Ref": "AWS::AccountId"}
