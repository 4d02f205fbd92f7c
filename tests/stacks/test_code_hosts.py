"""Whose CI may sign in, and which OIDC providers are made for it: one exists for each URL and account."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from mlops_stages.platform import Platform, load
from stacks.tooling import ToolingStack
from tests.conftest import ROOT, Assembly

GITHUB, GITLAB = "https://token.actions.githubusercontent.com", "https://gitlab.com"
PROVIDER, CONNECTION = "AWS::IAM::OIDCProvider", "AWS::CodeConnections::Connection"


def tooling(platform: Platform) -> dict[str, Any]:
    return Template.from_stack(ToolingStack(App(), platform)).to_json()["Resources"]


def changed(**fields: object) -> Platform:
    """The reference organization with some fields changed."""
    return Platform.model_validate({**load(ROOT / "platform.yaml").model_dump(), **fields})


def urls(resources: dict[str, Any]) -> set[str]:
    return {each["Properties"]["Url"] for each in resources.values() if each["Type"] == PROVIDER}


def names(resources: dict[str, Any]) -> set[str]:
    return {each["Properties"]["ConnectionName"] for each in resources.values() if each["Type"] == CONNECTION}


def test_each_code_host_has_a_provider_and_a_connection_under_an_id_that_never_changes() -> None:
    resources = tooling(changed())
    assert urls(resources) == {GITHUB, GITLAB}
    assert names(resources) == {"acme-github", "acme-gitlab"}
    ids = {name for name, each in resources.items() if each["Type"] == PROVIDER}
    assert ids == {"AccountGithubProvider75B61E68", "AccountGitlabProvider6C5489A3"}


def test_a_provider_that_exists_is_trusted_and_not_made() -> None:
    platform = changed(existing_oidc_providers=("github",))
    resources = tooling(platform)
    assert urls(resources) == {GITLAB}
    assert names(resources) == {"acme-github", "acme-gitlab"}
    assert platform.trusted_hosts == ("github", "gitlab")


def test_without_code_hosts_the_teams_repositories_say_which() -> None:
    platform = changed(code_hosts=None)
    assert platform.trusted_hosts == ("github", "gitlab")
    fraud = tuple(team for team in platform.model_dump()["teams"] if team["name"] == "fraud")
    github_alone = changed(code_hosts=None, teams=fraud)
    assert urls(tooling(github_alone)) == {GITHUB}


@pytest.mark.parametrize("code_hosts", [None, ()])
def test_a_platform_without_repositories_makes_no_provider_that_nobody_uses(code_hosts: tuple[str, ...] | None) -> None:
    teams = tuple({**team, "repository": None} for team in changed().model_dump()["teams"])
    resources = tooling(changed(code_hosts=code_hosts, teams=teams))
    assert urls(resources) == set()
    assert names(resources) == set()


def test_the_trust_of_ci_is_the_same_whoever_made_the_provider(assembly: Callable[[str], Assembly]) -> None:
    templates = assembly("several_accounts").templates
    assert urls(templates["harbor-tooling"]["Resources"]) == {GITHUB}
    trust = next(
        each["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        for each in templates["harbor-tooling-team-cargo"]["Resources"].values()
        if each["Type"] == "AWS::IAM::Role" and each["Properties"].get("RoleName") == "harbor-cargo.ci"
    )
    assert trust["Principal"] == {"Federated": ["arn:aws:iam::171717171717:oidc-provider/gitlab.com"]}
    assert trust["Condition"]["StringEquals"]["gitlab.com:aud"] == "sts.amazonaws.com"
