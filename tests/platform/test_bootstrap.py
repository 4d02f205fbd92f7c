"""The qualifier of the bootstrap: from platform.yaml or from the CDK's context, and never two that differ."""

import json
from pathlib import Path

import pytest

from mlops_stages.platform import Platform, PlatformErrors, bootstrap, loads

SMALLEST = """\
name: tiny
region: eu-central-1
stage: initial
owner: paula@tiny.example
cost_center: "1"
accounts: {experimentation: "012345678901"}
people: {platform_engineers: [paula@tiny.example]}
"""


def platform(qualifier: str | None = None) -> Platform:
    return loads(SMALLEST if qualifier is None else f"{SMALLEST}bootstrap_qualifier: {qualifier}\n")


def test_without_a_word_it_is_the_cdks_own() -> None:
    assert platform().qualifier() == "hnb659fds"


@pytest.mark.parametrize(("given", "context"), [("corpqual", None), (None, "corpqual"), ("corpqual", "corpqual")])
def test_the_file_or_the_context_says_it(given: str | None, context: str | None) -> None:
    assert platform(given).qualifier(context) == "corpqual"


@pytest.mark.parametrize("context", ["otherqual", "hnb659fds", 3, ""])
def test_a_file_and_a_context_that_differ_are_refused(context: object) -> None:
    with pytest.raises(PlatformErrors) as refused:
        platform("corpqual").qualifier(context)
    (error,) = refused.value.errors
    assert (error.code, error.path, error.line) == ("PLT-340", "bootstrap_qualifier", 8)


@pytest.mark.parametrize("context", ["Corp-Qual", "much-too-long-for-one", 3, ["x"], ""])
def test_a_context_that_no_bootstrap_could_have_is_refused(context: object) -> None:
    with pytest.raises(PlatformErrors) as refused:
        platform().qualifier(context)
    (error,) = refused.value.errors
    assert (error.code, error.path) == ("PLT-340", "bootstrap_qualifier")


def test_the_projects_own_settings_win_over_its_looked_up_context(tmp_path: Path) -> None:
    (tmp_path / "cdk.context.json").write_text(json.dumps({bootstrap.CONTEXT_KEY: "looked"}), encoding="utf-8")
    assert bootstrap.in_context(tmp_path) == "looked"
    settings = {"app": "python app.py", "context": {bootstrap.CONTEXT_KEY: "corpqual"}}
    (tmp_path / "cdk.json").write_text(json.dumps(settings), encoding="utf-8")
    assert bootstrap.in_context(tmp_path) == "corpqual"


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"context": []}', '{"context": {"a": 1}}', '{"app": "x"}'])
def test_settings_without_a_qualifier_say_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "cdk.json").write_text(content, encoding="utf-8")
    assert bootstrap.in_context(tmp_path) is None
