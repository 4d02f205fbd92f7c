"""The organization that the accounts are in, as the platform tells it; ministack models no member accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mlops_stages.local import engine
from mlops_stages.local.json_values import listed

ACCESS_ROLE = "OrganizationAccountAccessRole"
_ACCOUNT = re.compile(r"\d{12}")
_ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def set_organization(given: Mapping[str, Any]) -> None:
    """Put accounts into an organization: `{"id": "o-...", "accounts": ["111111111111", ...], "management": "..."}`.

    Policies then see it as `aws:PrincipalOrgID`. Where a management account is named, every other account gets the
    role that it may assume there, as accounts that Organizations creates have it. Said again, it replaces what was
    said of that organization. Raises ValueError.
    """
    accounts = [str(account) for account in listed(given.get("accounts"))]
    management = str(given.get("management") or "")
    for account in (*accounts, *filter(None, [management])):
        if not _ACCOUNT.fullmatch(account):
            raise ValueError(f"{account!r} is no account id")
    name = str(given.get("id") or "")
    if not name:
        raise ValueError("id must name the organization")
    members = frozenset((*accounts, *filter(None, [management])))
    others = [known for known in engine.organizations if known.id != name]
    engine.organizations[:] = [engine.Organization(name, members), *others]
    for account in accounts:
        if management and account != management:
            _let_in(management, account)


def _let_in(management: str, account: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{management}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with engine.within(account, engine.region()):
        if engine.role(f"arn:aws:iam::{account}:role/{ACCESS_ROLE}") is None:
            engine.call("iam", "create_role", RoleName=ACCESS_ROLE, AssumeRolePolicyDocument=document)
        administrator = json.dumps(_ADMINISTRATOR)
        engine.call("iam", "put_role_policy", RoleName=ACCESS_ROLE, PolicyName="All", PolicyDocument=administrator)
