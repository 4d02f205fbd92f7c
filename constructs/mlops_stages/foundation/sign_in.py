"""How people come to their roles, and whom a role trusts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement


@dataclass(frozen=True, kw_only=True)
class IamSignIn:
    """People sign in as IAM principals of `account` that carry their e-mail address in the tag `email`."""

    account: str
    mfa: bool = True


@dataclass(frozen=True, kw_only=True)
class SamlSignIn:
    """People come from a company directory, which asserts their e-mail address as the SAML subject."""

    provider_arn: str


@dataclass(frozen=True, kw_only=True)
class IdentityCenterSignIn:
    """People come through IAM Identity Center.

    It opens Studio for those who work there, whose role is for Studio alone; others come by its permission sets.
    """


SignIn = IamSignIn | SamlSignIn | IdentityCenterSignIn


def trust_in_sagemaker(perimeter: Perimeter) -> Statement:
    """SageMaker, acting for the perimeter's account."""
    return Statement(
        sid="SageMakerForThisAccount",
        principals={"Service": ["sagemaker.amazonaws.com"]},
        actions=["sts:AssumeRole", "sts:SetSourceIdentity"],
        conditions={
            **perimeter.from_this_account,
            "ArnLike": {"aws:SourceArn": perimeter.arn("sagemaker", "*")},
        },
        why="the source identity is the Studio profile's name, so that the audit trail names it in every call",
    )


def trust_in_role(sid: str, role_arn: str, perimeter: Perimeter) -> Statement:
    """One role, by its ARN, of this account or of another in the organization."""
    return Statement(
        sid=sid,
        principals={"AWS": [f"arn:{perimeter.partition}:iam::{role_arn.split(':')[4]}:root"]},
        actions=["sts:AssumeRole"],
        conditions={"ArnEquals": {"aws:PrincipalArn": role_arn}, "StringEquals": perimeter.our_principals},
        why="named in a condition, because a principal must exist before a policy may name it",
    )


NAMED_SESSION = {"sts:RoleSessionName": "${aws:PrincipalTag/email}"}
"""Under the person's own address: whoever takes a role on may name the session as they like otherwise.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""


def trust_in_people(
    name: str, sign_in: SignIn, emails: Sequence[str], perimeter: Perimeter, *, session_is_named: bool = False
) -> list[Statement]:
    """Each of these people, by the platform's sign-in; none, where Identity Center opens what the role is for.

    Where the session is named, it bears the person's address (`NAMED_SESSION`), by which calls are told apart; a
    company directory says it itself.

    Raises:
        ValueError: `FND-051` for a sign-in from another account without an organization to narrow it to.
    """
    who = emails[0] if len(emails) == 1 else sorted(emails)
    match sign_in:
        case IamSignIn():
            named = NAMED_SESSION if session_is_named else {}
            conditions: dict[str, dict[str, Any]] = {"StringEquals": {"aws:PrincipalTag/email": who, **named}}
            if sign_in.account != perimeter.account:
                conditions["StringEquals"] |= _only_our_organization(name, sign_in, perimeter)
            if sign_in.mfa:
                conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            root = f"arn:{perimeter.partition}:iam::{sign_in.account}:root"
            return [
                Statement(
                    sid="ThePersonByTheirOwnIdentity",
                    principals={"AWS": [root]},
                    actions=["sts:AssumeRole"],
                    conditions=conditions,
                )
            ]
        case SamlSignIn():
            audience = "https://signin.aws.amazon.com/saml"
            return [
                Statement(
                    sid="ThePersonFromTheCompanyDirectory",
                    principals={"Federated": [sign_in.provider_arn]},
                    actions=["sts:AssumeRoleWithSAML"],
                    conditions={"StringEquals": {"SAML:aud": audience, "SAML:sub": who}},
                )
            ]
        case IdentityCenterSignIn():
            return []


def trust_in_people_of_identity_center(
    platform: str, emails: Sequence[str], perimeter: Perimeter, *, session_is_named: bool = False
) -> Statement:
    """Each of these people, from a permission set of the platform in the same account.

    Identity Center passes the address as the session tag `email` (attributes for access control). Where the session is
    named, it bears that address.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/abac.html
    """
    sets = perimeter.global_arn("iam", f"role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{platform}-*")
    return Statement(
        sid="ThePersonFromIdentityCenter",
        principals={"AWS": [perimeter.root]},
        actions=["sts:AssumeRole"],
        conditions={
            "StringEquals": {
                "aws:PrincipalTag/email": emails[0] if len(emails) == 1 else sorted(emails),
                **(NAMED_SESSION if session_is_named else {}),
            },
            "ArnLike": {"aws:PrincipalArn": sets},
        },
    )


def _only_our_organization(name: str, sign_in: IamSignIn, perimeter: Perimeter) -> dict[str, str]:
    if perimeter.organization_id is None:
        message = (
            f"FND-051: {name}: people sign in from account {sign_in.account}; "
            "give the organization's id, so that the trust can be narrowed to it"
        )
        raise ValueError(message)
    return {"aws:PrincipalOrgID": perimeter.organization_id}
