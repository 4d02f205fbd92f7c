"""With whose credentials an account is asked: those of the shell, a profile, or the bootstrap's lookup role."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.preflight import CHECKS, LocalAccess, Reason, UserAccess, preflight
from mlops_stages.preflight.aws import Unseen
from tests.local.clients import LocalAws, allow
from tests.preflight.world import World, new_id

REGION = "eu-west-1"


@pytest.fixture
def shell(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Give the shell the credentials of an account's root, and profiles of others."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)

    def give(own: str | None, **profiles: str) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.endpoint.url)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
        file = tmp_path / "credentials"
        secret = local_aws.endpoint.secret
        sections = [f"[{n}]\naws_access_key_id = {a}\naws_secret_access_key = {secret}\n" for n, a in profiles.items()]
        file.write_text("".join(sections), encoding="utf-8")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        if own is not None:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", own)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)

    return give


def access(*, profiles: dict[str, str] | None = None, roles: dict[str, str] | None = None) -> UserAccess:
    return UserAccess(REGION, profiles=profiles or {}, lookup_roles=roles or {})


def who(found: UserAccess, account: str) -> str:
    return str((found.account(account).call("sts.get_caller_identity") or {})["Arn"])


def test_ones_own_account_is_asked_with_ones_own_credentials(shell: Callable[..., None]) -> None:
    own = new_id()
    shell(own)
    assert who(access(), own) == f"arn:aws:iam::{own}:root"


def test_an_account_with_a_profile_is_asked_with_that(shell: Callable[..., None]) -> None:
    own, other = new_id(), new_id()
    shell(own, theirs=other)
    assert who(access(profiles={other: "theirs"}), other) == f"arn:aws:iam::{other}:root"


def test_another_account_is_asked_by_the_lookup_role_of_its_bootstrap(
    shell: Callable[..., None], local_aws: LocalAws
) -> None:
    own, other = new_id(), new_id()
    shell(own)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{own}:root"}, "Action": "sts:AssumeRole"}
    role = local_aws.role(other, allow("sts:GetCallerIdentity"), trust=trust)
    arn = who(access(roles={other: role}), other)
    assert arn.startswith(f"arn:aws:sts::{other}:assumed-role/")
    assert arn.endswith("/mlops-stages-preflight")


@pytest.mark.parametrize("bootstrapped", [False, True])
def test_an_account_that_does_not_trust_ones_own_is_not_seen(
    shell: Callable[..., None], local_aws: LocalAws, *, bootstrapped: bool
) -> None:
    own, other = new_id(), new_id()
    shell(own)
    role = local_aws.role(other) if bootstrapped else f"arn:aws:iam::{other}:role/cdk-hnb659fds-lookup-role"
    with pytest.raises(Unseen) as told:
        access(roles={other: role}).account(other)
    assert told.value.permission == "sts:AssumeRole"
    assert f"--profile {other}=NAME" in told.value.message


def test_an_account_without_role_or_profile_is_not_seen(shell: Callable[..., None]) -> None:
    shell(new_id())
    with pytest.raises(Unseen, match="no role leads there"):
        access().account(new_id())


def test_a_profile_of_another_account_is_refused(shell: Callable[..., None]) -> None:
    wanted, wrong = new_id(), new_id()
    shell(None, theirs=wrong)
    with pytest.raises(Unseen, match=f"profile theirs is of account {wrong}; name one of account {wanted}"):
        access(profiles={wanted: "theirs"}).account(wanted)


def test_a_profile_that_does_not_exist_is_told(shell: Callable[..., None]) -> None:
    shell(None)
    wanted = new_id()
    with pytest.raises(Unseen, match="nobody") as told:
        access(profiles={wanted: "nobody"}).account(wanted)
    assert told.value.reason is Reason.CREDENTIALS


def test_without_credentials_every_account_is_not_seen(
    shell: Callable[..., None], world: Callable[[str], World]
) -> None:
    shell(None)
    here = world("reference")
    seen = preflight(here.plan, access(), CHECKS)
    assert (seen.findings, seen.checks, seen.exit_code) == ((), 0, 3)
    assert {item.account for item in seen.not_seen} == set(here.plan.accounts)
    assert {(item.code, item.reason) for item in seen.not_seen} == {("PRE-001", Reason.CREDENTIALS)}
    assert all("credentials" in item.message for item in seen.not_seen)


def test_an_aws_that_cannot_be_reached_is_told(shell: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    shell(new_id())
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("mlops_stages.preflight.aws.ATTEMPTS", 1)
    with pytest.raises(Unseen) as told:
        access().account(new_id())
    assert told.value.reason is Reason.UNREACHABLE


def test_credentials_of_a_strange_account_are_told(shell: Callable[..., None], world: Callable[[str], World]) -> None:
    stranger = new_id()
    shell(stranger)
    here = world("reference")
    (finding,) = preflight(here.plan, access(), ()).findings
    assert (finding.code, finding.account, finding.severity) == ("PRE-002", stranger, "warning")


def test_the_local_aws_is_asked_as_the_root_of_each_account(local_aws: LocalAws) -> None:
    home, other = new_id(), new_id()
    local = LocalAccess(local_aws.endpoint.url, local_aws.endpoint.secret, REGION, home)
    assert local.caller().account == home
    assert (local.account(other).call("sts.get_caller_identity") or {})["Account"] == other
