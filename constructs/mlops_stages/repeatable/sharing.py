"""Who is meant by "the platform's accounts" in the policy of a shared resource."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from mlops_stages.foundation import Perimeter, Statement
from mlops_stages.platform import Addresses


def accounts_of(addresses: Addresses, readers: Iterable[str] = ()) -> list[str]:
    """The ids of the platform's accounts, and of those that run models, each once."""
    purposes = (addresses.experimentation, addresses.development, addresses.tooling, addresses.data)
    return sorted({*purposes, *readers})


def serving_roles(addresses: Addresses, readers: Collection[str], team: str, model: str) -> list[str]:
    """What SageMaker becomes to serve a model, or by `*` any of a team's, in the accounts that run models."""
    return [
        addresses.serve_role(addresses.account_of(environment), team, model, environment)
        for environment in addresses.environments_in(readers)
    ]


def refuse_sharing_at_large(where: str, perimeter: Perimeter, accounts: Iterable[str]) -> None:
    """Refuse to share with other accounts without an organization to narrow that to.

    Raises:
        ValueError: `REP-037`.
    """
    others = sorted(set(accounts) - {perimeter.account})
    if others and perimeter.organization_id is None:
        message = (
            f"REP-037: {where}: it would be shared with {', '.join(others)}; "
            "give the organization's id, so that it can be narrowed to that"
        )
        raise ValueError(message)


def refuse_unnamed_readers(where: str, addresses: Addresses, readers: Iterable[str]) -> None:
    """Refuse accounts that run models, and of which the addresses say no environment: no role there has a name.

    Raises:
        ValueError: `REP-038`.
    """
    unnamed = sorted({*readers} - {addresses.staging, addresses.production})
    if unnamed:
        message = (
            f"REP-038: {where}: accounts {', '.join(unnamed)} run models, and the addresses name them neither "
            "staging nor production; name them there, or leave them out"
        )
        raise ValueError(message)


def roots(perimeter: Perimeter, accounts: Iterable[str]) -> dict[str, list[str]]:
    """The principals of these accounts, each account once: several purposes may share one."""
    return {"AWS": [f"arn:{perimeter.partition}:iam::{account}:root" for account in sorted(set(accounts))]}


def in_organization(perimeter: Perimeter) -> dict[str, str]:
    """The condition that a caller is still of the organization, where there is one: an account may leave it."""
    return {} if perimeter.organization_id is None else {"aws:PrincipalOrgID": perimeter.organization_id}


def only(
    perimeter: Perimeter, roles: Sequence[str] = (), *, also: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """The conditions of a statement for other accounts: the organization, these roles by ARN, and `also` as equals."""
    equals = {**in_organization(perimeter), **(also if also is not None else {})}
    conditions: dict[str, dict[str, Any]] = {"StringEquals": equals} if equals else {}
    if roles:
        operator = "ArnLike" if any("*" in role for role in roles) else "ArnEquals"
        conditions[operator] = {"aws:PrincipalArn": roles[0] if len(roles) == 1 else list(roles)}
    return conditions


def decrypt_through_s3(sid: str, addresses: Addresses, account: str, aliases: str | Sequence[str]) -> Statement:
    """Let a role decrypt what S3 keeps under a key of an account, named by its alias, and ask KMS itself for nothing.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases
    """
    return Statement(
        sid=sid,
        actions=["kms:Decrypt"],
        resources=[addresses.keys(account)],
        conditions={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases if isinstance(aliases, str) else list(aliases)},
            "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
        },
        why="a key of another account has an id that nobody here knows; its alias names it",
    )
