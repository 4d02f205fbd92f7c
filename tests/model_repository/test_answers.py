"""What a repository is rendered with follows from platform.yaml, and nothing in it can mean anything to a file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from mlops_stages.errors import UserError
from mlops_stages.model_repository import Answers, answers_for, rendered
from mlops_stages.platform import Platform, load, loads
from tests.conftest import ORGANIZATIONS, ROOT

FLIGHTS_REPOSITORY = """\
    repository:
      {provider: github, owner: acme, name: late-arrival, owner_id: "1000001", repository_id: "2000002"}
"""


def test_names_in_other_accounts_are_those_of_the_platform(platform: Platform, answers: Answers) -> None:
    addresses = platform.addresses
    assert answers.ci_role == addresses.ci_role("arrivals")
    assert answers.deliver_role == addresses.deliver_role("arrivals")
    assert answers.image == addresses.image_uri("arrivals", "late-arrival")
    assert answers.artifacts_bucket == addresses.artifacts_bucket("arrivals")
    assert answers.pipelines_bucket == addresses.pipelines_bucket("arrivals")


def test_the_bound_is_the_one_that_platform_yaml_declares(platform: Platform) -> None:
    told = {name: answers_for(platform, name) for name in ("arrivals/late-arrival", "pricing/loan-price")}
    assert [(each.metric, each.bound_kind, each.bound, each.condition) for each in told.values()] == [
        ("auc", "minimum", 0.66, "GreaterThanOrEqualTo"),
        ("rmse", "maximum", 0.35, "LessThanOrEqualTo"),
    ]


def test_the_owner_and_who_builds_it_must_agree_to_a_change(answers: Answers) -> None:
    assert answers.code_owners == ["hugo.stein@acme.example", "flora.king@acme.example", "zoe.martin@acme.example"]


@pytest.mark.parametrize("name", ["", "arrivals", "arrivals/", "/late-arrival", "arrivals/late-arrival/x", "a b"])
def test_what_names_no_team_and_model_is_refused(platform: Platform, name: str) -> None:
    with pytest.raises(UserError) as refused:
        answers_for(platform, name)
    assert refused.value.code == "MDL-001"


@pytest.mark.parametrize(
    "name", ["nobody/late-arrival", "arrivals/nothing", "fraud/late-arrival", "../x", "arrivals/*"]
)
def test_a_model_that_platform_yaml_does_not_have_is_refused_with_those_it_has(platform: Platform, name: str) -> None:
    with pytest.raises(UserError) as refused:
        answers_for(platform, name)
    assert refused.value.code == "MDL-002"
    assert "arrivals/late-arrival" in refused.value.fix


def test_a_platform_without_models_says_what_to_add() -> None:
    with pytest.raises(UserError) as refused:
        answers_for(load(ORGANIZATIONS / "minimal.yaml"), "churn/churner")
    assert (refused.value.code, refused.value.fix) == ("MDL-002", "add it there, or write one that it has: none yet")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (FLIGHTS_REPOSITORY, "the `repository` of team arrivals"),
        ("        quality: {metric: auc, minimum: 0.66}\n", "the `quality` of model late-arrival"),
    ],
)
def test_what_a_repository_needs_and_platform_yaml_lacks_is_told(line: str, told: str) -> None:
    text = (ROOT / "platform.yaml").read_text("utf-8")
    assert line in text
    with pytest.raises(UserError) as refused:
        answers_for(loads(text.replace(line, "")), "arrivals/late-arrival")
    assert refused.value.code == "MDL-003"
    assert told in refused.value.message


@pytest.mark.parametrize("text", ['a"b', "a\nb", "a b", "{{x}}", "[[x]]", "$(x)", "`x`", "a;b", "a\\b", "", "#x", "ü"])
@pytest.mark.parametrize("name", ["team", "model", "owner", "branch", "ci_role"])
def test_no_answer_can_mean_anything_to_a_rendered_file(answers: Answers, name: str, text: str) -> None:
    values: dict[str, Any] = {**answers.model_dump(), name: text}
    with pytest.raises(ValidationError):
        Answers(**values)


def with_environment(answers: Answers, name: str) -> Answers:
    values: dict[str, Any] = {**answers.model_dump(), "environment": name}
    return Answers(**values)


@pytest.mark.parametrize("name", ['a"b', "a\nb", "${{ secrets.X }}", "a\\b", "`x`", "a;b", "", " a", "a%3Ab", "*"])
def test_an_environment_that_is_more_than_a_name_is_refused(answers: Answers, name: str) -> None:
    with pytest.raises(ValidationError):
        with_environment(answers, name)


@pytest.mark.parametrize("name", ["Production EU", "a: b", "#1 (blue) & green", "Süd", "yes", "1", "- a", "!a"])
def test_a_workflow_names_the_environment_as_the_platform_does(answers: Answers, name: str) -> None:
    workflow = rendered(with_environment(answers, name))[".github/workflows/ci.yml"]
    reader: Any = YAML(typ="safe")
    jobs: dict[str, dict[str, Any]] = reader.load(workflow)["jobs"]
    assert [job["environment"] for job in jobs.values() if "environment" in job] == [name]
