"""A role's credentials for a person, whichever way the platform's people sign in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.local.client import inventory
from tests.local.clients import LocalAws

LUIS, EVE = "luis.vega@acme.example", "eve@acme.example"
HOME = "999999999999"
BY_IAM = {"method": "iam", "account": HOME}


def trusting(local_aws: LocalAws, account: str, principal: Mapping[str, str], action: str, **when: object) -> str:
    """A role that lets a principal in."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": when}
    return local_aws.role(account, trust=statement)


def ask(local_aws: LocalAws, role: str, email: str, sign_in: Mapping[str, str], **more: str) -> dict[str, str]:
    answer: Any = inventory.post(
        local_aws.endpoint, "sessions", {"role_arn": role, "email": email, "sign_in": dict(sign_in), **more}
    )
    return answer


def refused(local_aws: LocalAws, role: str, email: str, sign_in: Mapping[str, str], **more: str) -> str:
    with pytest.raises(UserError) as error:
        ask(local_aws, role, email, sign_in, **more)
    assert error.value.code == "LOC-041"
    return str(error.value)


def test_by_iam_the_address_is_a_tag_and_a_second_factor_was_shown(local_aws: LocalAws, account: str) -> None:
    root = {"AWS": f"arn:aws:iam::{HOME}:root"}
    when = {"StringEquals": {"aws:PrincipalTag/email": LUIS}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
    role = trusting(local_aws, account, root, "sts:AssumeRole", **when)
    assert ask(local_aws, role, LUIS, BY_IAM)["Arn"].endswith(f"/{LUIS}")
    assert "does not let" in refused(local_aws, role, EVE, BY_IAM)
    assert "does not let" in refused(local_aws, role, LUIS, {"method": "iam", "account": "888888888888"})


def test_a_session_bears_the_address_of_its_person_where_the_role_demands_it(local_aws: LocalAws, account: str) -> None:
    named = {"aws:PrincipalTag/email": LUIS, "sts:RoleSessionName": "${aws:PrincipalTag/email}"}
    home = trusting(local_aws, account, {"AWS": f"arn:aws:iam::{HOME}:root"}, "sts:AssumeRole", StringEquals=named)
    assert ask(local_aws, home, LUIS, BY_IAM)["Arn"].endswith(f"/{LUIS}")
    here = trusting(local_aws, account, {"AWS": f"arn:aws:iam::{account}:root"}, "sts:AssumeRole", StringEquals=named)
    assert ask(local_aws, here, LUIS, {"method": "identity_center"})["Arn"].endswith(f"/{LUIS}")
    other = {**named, "sts:RoleSessionName": EVE}
    elsewhere = trusting(local_aws, account, {"AWS": f"arn:aws:iam::{HOME}:root"}, "sts:AssumeRole", StringEquals=other)
    assert "does not let" in refused(local_aws, elsewhere, LUIS, BY_IAM)


def test_by_a_directory_the_address_is_the_subject(local_aws: LocalAws, account: str) -> None:
    provider = f"arn:aws:iam::{account}:saml-provider/corp"
    when = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml", "SAML:sub": LUIS}}
    role = trusting(local_aws, account, {"Federated": provider}, "sts:AssumeRoleWithSAML", **when)
    corp = {"method": "saml", "provider_arn": f"arn:aws:iam::{HOME}:saml-provider/corp"}
    assert ask(local_aws, role, LUIS, corp)["AccessKeyId"]
    assert "does not let" in refused(local_aws, role, EVE, corp)
    other = {"method": "saml", "provider_arn": f"arn:aws:iam::{HOME}:saml-provider/other"}
    assert "does not let" in refused(local_aws, role, LUIS, other)


def test_from_identity_center_people_come_by_a_permission_set(local_aws: LocalAws, account: str) -> None:
    sets = f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_acme-*"
    when = {"StringEquals": {"aws:PrincipalTag/email": LUIS}, "ArnLike": {"aws:PrincipalArn": sets}}
    role = trusting(local_aws, account, {"AWS": f"arn:aws:iam::{account}:root"}, "sts:AssumeRole", **when)
    by_center = {"method": "identity_center"}
    assert ask(local_aws, role, LUIS, by_center, permission_set="acme-data-engineer")["AccessKeyId"]
    assert "does not let" in refused(local_aws, role, LUIS, by_center, permission_set="AdministratorAccess")


def test_a_role_that_does_not_exist_lets_nobody_in(local_aws: LocalAws, account: str) -> None:
    role = f"arn:aws:iam::{account}:role/{secrets.token_hex(4)}"
    assert "no such role" in refused(local_aws, role, LUIS, BY_IAM)


@pytest.mark.parametrize(
    ("role", "email", "sign_in"),
    [
        ("no-arn", LUIS, BY_IAM),
        ("arn:aws:iam::111111111111:role/any", "no address", BY_IAM),
    ],
    ids=["role", "address"],
)
def test_a_request_that_makes_no_sense_is_refused(
    local_aws: LocalAws, role: str, email: str, sign_in: Mapping[str, str]
) -> None:
    assert "ValidationError" in refused(local_aws, role, email, sign_in)


def test_a_sign_in_that_does_not_exist_is_refused(local_aws: LocalAws, account: str) -> None:
    assert "no sign-in by 'magic'" in refused(local_aws, local_aws.role(account), LUIS, {"method": "magic"})
