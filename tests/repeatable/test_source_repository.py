"""SourceRepository: one repository, one branch or environment, and no way to mean more."""

from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.repeatable import SourceRepository

GITHUB = SourceRepository(provider="github", owner="acme", name="late-arrival")
GITLAB = SourceRepository(provider="gitlab", owner="acme/risk", name="late-arrival", branch="release/1.0")


def test_a_branch_of_github_is_named_in_full() -> None:
    assert GITHUB.subjects == ("repo:acme/late-arrival:ref:refs/heads/main",)


def test_an_environment_takes_the_place_of_the_branch() -> None:
    assert replace(GITHUB, environment="production").subjects == ("repo:acme/late-arrival:environment:production",)


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ("Production EU", "environment:Production EU"),
        ("prod/eu-1 (blue) #2", "environment:prod/eu-1 (blue) #2"),
        ("Production:V1", "environment:Production%3AV1"),
        ("Produktion Süd", "environment:Produktion Süd"),
    ],
)
def test_an_environment_may_have_any_name_that_github_and_a_trust_policy_both_take(environment: str, job: str) -> None:
    named = replace(GITHUB, environment=environment, owner_id="1", repository_id="2")
    named.check("Ci")
    assert named.subjects == (f"repo:acme/late-arrival:{job}", f"repo:acme@1/late-arrival@2:{job}")


@pytest.mark.parametrize("environment", ["a%3Ab", "p*", "p?", "${aws:username}", '"p"', "p ", " p", "p" * 256, "日本"])
def test_an_environment_that_iam_would_read_otherwise_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match=r"^REP-030: Ci: .* is not the name of one environment"):
        replace(GITHUB, environment=environment).check("Ci")


@pytest.mark.parametrize("name", ["late-arrival.git", "late-arrival.GIT"])
@pytest.mark.parametrize("repository", [GITHUB, replace(GITHUB, provider="gitlab")])
def test_the_end_of_a_clone_url_is_no_part_of_a_name(repository: SourceRepository, name: str) -> None:
    with pytest.raises(ValueError, match=r"^REP-030: Ci: .*no .git at the end"):
        replace(repository, name=name).check("Ci")


def test_a_branch_of_gitlab_is_named_in_full() -> None:
    assert GITLAB.subjects == ("project_path:acme/risk/late-arrival:ref_type:branch:ref:release/1.0",)


def test_with_githubs_numbers_both_forms_of_the_subject_count_and_the_number_must_fit() -> None:
    numbered = replace(GITHUB, owner_id="123456", repository_id="456789")
    assert numbered.claims == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": [
            "repo:acme/late-arrival:ref:refs/heads/main",
            "repo:acme@123456/late-arrival@456789:ref:refs/heads/main",
        ],
        "token.actions.githubusercontent.com:repository_id": "456789",
    }


def test_a_token_must_be_made_for_aws() -> None:
    assert GITHUB.claims["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    assert GITLAB.claims["gitlab.com:aud"] == "sts.amazonaws.com"


@pytest.mark.parametrize("repository", [GITHUB, GITLAB, replace(GITHUB, name="a.b_c-1", branch="feature/x_1.0")])
def test_a_plain_repository_is_taken(repository: SourceRepository) -> None:
    repository.check("Ci")


WIDER = ["", "*", "acme*", "?", "a:b", "a b", "a\n", "\ta", "a/", "/a", "..", ".git", "a/../b", "${aws:x}", "a,b", "é"]


@pytest.mark.parametrize("value", WIDER)
@pytest.mark.parametrize("part", ["owner", "name", "branch"])
@pytest.mark.parametrize("provider", ["github", "gitlab"])
def test_what_could_mean_more_than_one_thing_is_refused(provider: Any, part: str, value: str) -> None:  # noqa: ANN401
    changes: dict[str, Any] = {"provider": provider, part: value}
    with pytest.raises(ValueError, match=r"^REP-03[02]: Ci: "):
        replace(GITHUB, **changes).check("Ci")


@pytest.mark.parametrize("part", ["owner", "name"])
def test_a_slash_is_no_part_of_a_name_at_github(part: str) -> None:
    changes: dict[str, Any] = {part: "acme/other"}
    with pytest.raises(ValueError, match="REP-030"):
        replace(GITHUB, **changes).check("Ci")


def test_another_owner_is_refused_where_owners_are_listed() -> None:
    GITHUB.check("Ci", ["acme"])
    with pytest.raises(ValueError, match=r"REP-031: Ci: evil is not among .*\(acme\)"):
        replace(GITHUB, owner="evil").check("Ci", ["acme"])


def test_an_owner_is_not_allowed_for_being_alike() -> None:
    with pytest.raises(ValueError, match="REP-031"):
        replace(GITHUB, owner="Acme").check("Ci", ["acme"])


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GITLAB, environment="production"),
        replace(GITLAB, owner_id="1", repository_id="2"),
        replace(GITHUB, owner_id="1"),
        replace(GITHUB, repository_id="2"),
        replace(GITHUB, owner_id="acme", repository_id="2"),
        replace(GITHUB, owner_id="1", repository_id="2*"),
    ],
)
def test_what_the_tokens_do_not_say_is_refused(wrong: SourceRepository) -> None:
    with pytest.raises(ValueError, match="REP-032"):
        wrong.check("Ci")
