"""What is not seen is told, never taken for fine; a report is in one order, and its JSON keeps its form."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from docs.tables.preflight import document
from mlops_stages.platform import IdentityCenterSignIn
from mlops_stages.preflight import CHECKS, Finding, NotSeen, Reason, Report, Severity
from mlops_stages.preflight.aws import Account, Unseen, action
from mlops_stages.preflight.findings import report
from tests.local.clients import allow, deny
from tests.preflight.world import Answer, Roles, Roots, World

_exceptions: Any = importlib.import_module("botocore.exceptions")


@pytest.fixture(scope="module")
def everything(world_of: Callable[[str], World]) -> World:
    """The organization with everything on: guardrails, Identity Center, networks made and imported."""
    here = world_of("several_accounts")
    here.join()
    sign_in = here.plan.platform.sign_in
    assert isinstance(sign_in, IdentityCenterSignIn)
    here.client("sso-admin", "management").list_permission_sets(InstanceArn=sign_in.instance_arn)
    return here


def test_whoever_may_read_nothing_is_told_so_of_every_check_and_that_nothing_is_fine(everything: World) -> None:
    seen = everything.check(who=Roles(everything))
    assert seen.findings == ()
    made = {(check.code, account) for check in CHECKS for account in check.where(everything.plan)}
    assert {(item.code, item.account) for item in seen.not_seen} == made
    assert {item.reason for item in seen.not_seen} == {Reason.DENIED}
    asked = {check.looks_at: {action(operation) for operation in check.asks} for check in CHECKS}
    assert [item for item in seen.not_seen if item.permission not in asked[item.looks_at]] == []
    assert seen.exit_code == 3


def test_the_policy_that_is_printed_lets_a_preflight_see_all_that_an_administrator_sees(everything: World) -> None:
    ours = json.dumps(document()["Statement"]).replace("PLATFORM", everything.plan.platform.name)
    granted = Roles(everything, statements=json.loads(ours))
    seen, whole = everything.check(who=granted), everything.check()
    assert [item for item in seen.not_seen if item.reason is Reason.DENIED] == []
    assert seen == whole


def test_the_lookup_role_of_the_bootstrap_sees_all_by_its_policy(everything: World) -> None:
    lookup = Roles(everything, managed="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert [item for item in everything.check(who=lookup).not_seen if item.reason is Reason.DENIED] == []


def test_each_check_asks_what_it_says_and_no_more(everything: World) -> None:
    for check in CHECKS:
        roots = Roots(everything)
        for account in check.where(everything.plan):
            check.ask(roots.account(account), everything.plan)
        said = {action(operation) for operation in check.asks}
        assert {action(_python(call)) for call in roots.calls} <= said, check.looks_at


def _python(call: str) -> str:
    names: Any = importlib.import_module("botocore")
    service, _, operation = call.partition(".")
    return f"{service}.{names.xform_name(operation)}"


@pytest.mark.parametrize("operation", ["DescribeStacks", "ListRoles"])
def test_one_missing_permission_hides_the_checks_that_need_it_alone(everything: World, operation: str) -> None:
    permission = {"DescribeStacks": "cloudformation:DescribeStacks", "ListRoles": "iam:ListRoles"}[operation]
    seen = everything.check(who=Roles(everything, statements=(allow("*"), deny(permission))))
    hidden = [item for item in seen.not_seen if item.reason is Reason.DENIED]
    assert {item.permission for item in hidden} == {permission}
    needing = {check.code for check in CHECKS if permission in map(action, check.asks)}
    assert {item.code for item in hidden} <= needing
    assert not {finding.code for finding in seen.findings} & {item.code for item in hidden} - {"PRE-070", "PRE-090"}


def _refusing(error: object) -> Answer:
    def answer(operation: str, said: Mapping[str, Any]) -> object:
        del operation
        return None if said else error

    return answer


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ThrottlingException", Reason.THROTTLED),
        ("TooManyRequestsException", Reason.THROTTLED),
        ("AccessDenied", Reason.DENIED),
        ("UnauthorizedOperation", Reason.DENIED),
        ("ExpiredToken", Reason.CREDENTIALS),
        ("InvalidClientTokenId", Reason.CREDENTIALS),
        ("InternalFailure", Reason.UNANSWERED),
        (_exceptions.EndpointConnectionError(endpoint_url="https://iam"), Reason.UNREACHABLE),
        (_exceptions.ReadTimeoutError(endpoint_url="https://iam"), Reason.UNREACHABLE),
        (_exceptions.ProxyConnectionError(proxy_url="http://proxy"), Reason.UNREACHABLE),
        (_exceptions.SSLError(endpoint_url="https://iam", error="no"), Reason.UNREACHABLE),
        (_exceptions.NoCredentialsError(), Reason.CREDENTIALS),
        (_exceptions.TokenRetrievalError(provider="sso", error_msg="expired"), Reason.CREDENTIALS),
        (_exceptions.UnauthorizedSSOTokenError(), Reason.CREDENTIALS),
        (OSError("no route"), Reason.UNREACHABLE),
    ],
    ids=str,
)
def test_whatever_fails_is_not_seen_with_the_reason(everything: World, error: object, reason: Reason) -> None:
    seen = everything.check("PRE-010", "PRE-020", "PRE-050", answer=_refusing(error))
    assert seen.findings == ()
    assert {item.reason for item in seen.not_seen} == {reason}
    assert {item.code for item in seen.not_seen} == {"PRE-010", "PRE-020", "PRE-050"}


def test_a_quota_that_aws_does_not_list_is_not_seen(everything: World) -> None:
    seen = everything.check("PRE-070")
    assert any("MLflow app" in item.message and item.reason is Reason.UNANSWERED for item in seen.not_seen)


def test_an_account_that_no_credentials_lead_to_is_not_seen_as_a_whole(everything: World) -> None:
    class Locked(Roots):
        def account(self, id: str) -> Account:
            if id == everything.account("data"):
                raise Unseen(Reason.DENIED, "no way in", "sts:AssumeRole")
            return super().account(id)

    seen = everything.check("PRE-050", who=Locked(everything))
    (item,) = seen.not_seen
    assert (item.code, item.account, item.permission) == ("PRE-001", everything.account("data"), "sts:AssumeRole")
    assert {finding.account for finding in seen.findings} == set(everything.plan.accounts) - {item.account}


def test_a_call_that_several_checks_need_is_made_once_an_account(everything: World) -> None:
    roots = Roots(everything)
    everything.check(who=roots)
    assert roots.calls.count("cloudformation.DescribeStacks") == len(everything.plan.accounts)


def _finding(account: str, code: str, severity: Severity) -> Finding:
    return Finding(account=account, code=code, place="p", severity=severity, message="m", breaks="b", fix="f")


def test_what_is_worst_comes_first() -> None:
    note, warning = _finding("1", "PRE-027", Severity.NOTE), _finding("1", "PRE-012", Severity.WARNING)
    errors = [_finding("2", "PRE-050", Severity.ERROR), _finding("1", "PRE-090", Severity.ERROR)]
    assert report([note, *reversed(errors), warning], [], 4).findings == (*errors, warning, note)


@pytest.mark.parametrize(
    ("severities", "unseen", "code"),
    [
        ((), 0, 0),
        ((Severity.WARNING, Severity.NOTE), 0, 0),
        ((Severity.WARNING,), 1, 3),
        ((Severity.ERROR,), 0, 2),
        ((Severity.ERROR,), 1, 2),
    ],
)
def test_the_exit_code_says_whether_to_deploy(severities: tuple[Severity, ...], unseen: int, code: int) -> None:
    item = NotSeen(account="1", code="PRE-025", looks_at="l", reason=Reason.DENIED, message="m")
    assert report([_finding("1", "PRE-050", s) for s in severities], [item] * unseen, 1).exit_code == code


def test_the_json_keeps_its_form() -> None:
    item = NotSeen(account="1", code="PRE-025", looks_at="l", reason=Reason.DENIED, message="m", permission="iam:X")
    found = Report(findings=(_finding("1", "PRE-050", Severity.ERROR),), not_seen=(item,), checks=2)
    assert json.loads(json.dumps(found.to_json())) == {
        "schema": 1,
        "findings": [
            {
                "account": "1",
                "code": "PRE-050",
                "place": "p",
                "severity": "error",
                "message": "m",
                "breaks": "b",
                "fix": "f",
            }
        ],
        "not_seen": [
            {
                "account": "1",
                "code": "PRE-025",
                "looks_at": "l",
                "reason": "denied",
                "message": "m",
                "permission": "iam:X",
            }
        ],
        "counts": {"errors": 1, "warnings": 0, "notes": 0, "not_seen": 1, "checks": 2},
    }


def test_the_library_of_a_preflight_needs_no_cdk() -> None:
    package = Path(importlib.import_module("mlops_stages.preflight").__file__ or "").parent
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "aws_cdk" not in text, path
        assert "mlops_stages.foundation" not in text, path
        assert "mlops_stages.local" not in text, path
