"""Whether GitHub asks the named team."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_stages.delivery import unprotected
from mlops_stages.errors import UserError

TEAM = {"type": "Team", "reviewer": {"slug": "approvers", "id": 1}}


def environment(name: str, *reviewers: Any, **rule: Any) -> dict[str, Any]:  # noqa: ANN401  # GitHub's JSON
    asks = {"type": "required_reviewers", "prevent_self_review": True, "reviewers": list(reviewers), **rule}
    return {"name": name, "protection_rules": [{"type": "branch_policy"}, asks]}


def missing(*environments: dict[str, Any]) -> tuple[str, ...]:
    return unprotected(json.dumps({"environments": list(environments)}), "approvers")


GOOD = environment("permissions", TEAM)


def test_environments_that_ask_the_team_alone_are_fine() -> None:
    assert missing(GOOD, environment("production", TEAM), environment("staging")) == ()


@pytest.mark.parametrize(
    ("production", "says"),
    [
        (environment("other", TEAM), "there is no environment production"),
        (environment("production"), "environment production asks nobody"),
        (
            environment("production", TEAM, prevent_self_review=False),
            "in environment production who started a deployment may agree to it",
        ),
        (
            environment("production", TEAM, {"type": "User", "reviewer": {"login": "eve"}}),
            "environment production takes the word of others than team approvers",
        ),
        (
            environment("production", {"type": "Team", "reviewer": {"slug": "everybody"}}),
            "environment production takes the word of others than team approvers",
        ),
    ],
)
def test_what_is_missing_is_told(production: dict[str, Any], says: str) -> None:
    assert missing(GOOD, production) == (says,)


def test_an_environment_without_rules_is_told_twice() -> None:
    assert len(missing(GOOD, {"name": "production", "protection_rules": []})) == 2


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"environments": 3}', '{"environments": [{}]}', "[" * 100_000])
def test_what_is_not_githubs_answer_is_refused(answer: str) -> None:
    with pytest.raises(UserError) as refused:
        unprotected(answer, "approvers")
    assert (refused.value.code, refused.value.where) == ("DLV-010", "standard input")
