"""Whether GitLab's settings are those that the delivery relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mlops_stages.delivery import open_at_gitlab
from mlops_stages.errors import UserError
from mlops_stages.platform import Delivery, PlatformRepository

DELIVERY = Delivery(
    repository=PlatformRepository(
        provider="gitlab", owner="acme/risk", name="platform", owner_id="31", repository_id="32"
    ),
    approvers="acme/approvers",
    image=f"registry.gitlab.com/acme/ci@sha256:{'0123456789abcdef' * 4}",
)
GROUP = 7


def project() -> dict[str, Any]:
    return {
        "id": 32,
        "path_with_namespace": "acme/risk/platform",
        "namespace": {"id": 31},
        "ci_id_token_sub_claim_components": [
            "project_path",
            "ref_type",
            "ref",
            "environment_protected",
            "deployment_tier",
        ],
        "allow_pipeline_trigger_approve_deployment": False,
        "ci_pipeline_variables_minimum_override_role": "no_one_allowed",
    }


def environment(name: str, group: int | None = GROUP, approvals: int = 1) -> dict[str, Any]:
    rule = {"group_id": group, "required_approvals": approvals, "access_level_description": "approvers"}
    return {"name": name, "deploy_access_levels": [{"access_level": 40}], "approval_rules": [rule]}


def missing(change: Callable[[dict[str, Any], list[dict[str, Any]], dict[str, Any]], object]) -> tuple[str, ...]:
    answers = (
        project(),
        [environment("permissions"), environment("production")],
        {"id": GROUP, "full_path": "acme/approvers"},
    )
    change(*answers)
    return open_at_gitlab("\n".join(map(json.dumps, answers)), DELIVERY)


def test_settings_as_they_must_be_are_fine() -> None:
    assert missing(lambda _project, _environments, _group: None) == ()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("path_with_namespace", "acme/Risk/platform", "this is the project acme/Risk/platform"),
        ("id", 33, "the project's number is 33, not 32"),
        ("namespace", {"id": 30}, "the number of the project's group is 30, not 31"),
        ("ci_id_token_sub_claim_components", ["project_path", "ref_type", "ref"], "the subject of tokens"),
        ("ci_id_token_sub_claim_components", None, "the subject of tokens"),
        ("allow_pipeline_trigger_approve_deployment", True, "who started a pipeline may agree to it"),
        ("allow_pipeline_trigger_approve_deployment", None, "who started a pipeline may agree to it"),
        ("ci_pipeline_variables_minimum_override_role", "maintainer", "who starts a pipeline may give it variables"),
    ],
)
def test_a_setting_of_the_project_that_lets_more_through_is_told(key: str, value: object, says: str) -> None:
    (told,) = missing(lambda given, _environments, _group: given.update({key: value}))
    assert told.startswith(says)


@pytest.mark.parametrize(
    ("environments", "says"),
    [
        ([environment("permissions")], "environment production is not protected"),
        ([environment("permissions"), environment("production", None)], "environment production does not ask"),
        ([environment("permissions"), environment("production", 8)], "environment production does not ask"),
        ([environment("permissions"), environment("production", approvals=0)], "environment production does not ask"),
        (
            [environment("permissions"), environment("production"), environment("staging")],
            "environment staging is protected",
        ),
        (
            [environment("permissions"), environment("production"), environment("theirs")],
            "environment theirs is protected",
        ),
    ],
)
def test_an_environment_that_does_not_ask_the_group_is_told(environments: list[dict[str, Any]], says: str) -> None:
    (told,) = missing(lambda _project, given, _group: given.__setitem__(slice(None), environments))
    assert told.startswith(says)


def test_the_answer_about_another_group_is_told() -> None:
    (told,) = missing(lambda _project, _environments, group: group.update(full_path="acme/everybody"))
    assert told == "this is the group acme/everybody, not acme/approvers"


@pytest.mark.parametrize(
    "answers", ["", "{}", "[] [] []", "{} [] {}", "{} [] {} {}", "[" * 100_000, '{"message": "404"}']
)
def test_what_is_not_gitlabs_answers_is_refused_with_the_command_that_asks(answers: str) -> None:
    with pytest.raises(UserError) as refused:
        open_at_gitlab(answers, DELIVERY)
    assert (refused.value.code, refused.value.where) == ("DLV-010", "standard input")
    assert "glab api 'projects/acme%2Frisk%2Fplatform/protected_environments?per_page=100'" in refused.value.fix
