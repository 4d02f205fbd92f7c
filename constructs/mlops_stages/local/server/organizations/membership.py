"""The organization that the accounts are in, as the platform tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server import engine
from mlops_stages.local.server.api import calls
from mlops_stages.local.server.organizations import store as organization_store

ACCESS_ROLE = "OrganizationAccountAccessRole"
_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"r-[0-9a-z]{4,32}")
_ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def set_organization(given: Mapping[str, Any]) -> None:
    """Put accounts into an organization: `{"id": "o-...", "accounts": ["111111111111", ...]}`.

    Policies then see it as `aws:PrincipalOrgID`. `management` names its management account and `root` the id of its
    root ("r-..."): Organizations then answers there, and every other account gets the role that the management account
    may assume there, as accounts that Organizations creates have it. Said again, accounts join and go; units, policies
    and what they are attached to stay. Raises ValueError.
    """
    accounts = [str(account) for account in listed(given.get("accounts"))]
    management = str(given.get("management") or "")
    for account in (*accounts, *filter(None, [management])):
        if not _ACCOUNT.fullmatch(account):
            raise ValueError(f"{account!r} is no account id")
    root = str(given.get("root") or "")
    if root and not (management and _ROOT.fullmatch(root)):
        raise ValueError(f"{root!r} is no id of a root, or the management account is not named")
    name = str(given.get("id") or "")
    if not name:
        raise ValueError("id must name the organization")
    members = frozenset((*accounts, *filter(None, [management])))
    others = [known for known in engine.organizations if known.id != name]
    engine.organizations[:] = [engine.Organization(name, members), *others]
    if management:
        _fill(name, management, root or f"r-{name.removeprefix('o-')[:4]}", members)
    for account in accounts:
        if management and account != management:
            _let_in(management, account)


def _fill(name: str, management: str, root: str, members: frozenset[str]) -> None:
    """Make the organization that answers the API, or let it have these members."""
    same = next((known for known in organization_store.known if known.id == name), None)
    if same is None or (same.management, same.root) != (management, root):
        organization_store.known[:] = [known for known in organization_store.known if known.id != name]
        same = organization_store.Organization(name, management, root)
        organization_store.known.append(same)
    for account in sorted(set(same.accounts) - members):
        same.leave(account)
    for account in sorted(members):
        same.join(account)


def _let_in(management: str, account: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{management}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with engine.within(account, engine.region()):
        if engine.role(f"arn:aws:iam::{account}:role/{ACCESS_ROLE}") is None:
            calls.call("iam", "create_role", RoleName=ACCESS_ROLE, AssumeRolePolicyDocument=document)
        administrator = json.dumps(_ADMINISTRATOR)
        calls.call("iam", "put_role_policy", RoleName=ACCESS_ROLE, PolicyName="All", PolicyDocument=administrator)
