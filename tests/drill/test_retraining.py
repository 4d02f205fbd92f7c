"""What is expected of retraining in a drill: each part fails where it did not happen, and says what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mlops_stages.drill.inbox import Mail
from mlops_stages.drill.scenarios import retraining
from mlops_stages.drill.stage import Stage
from mlops_stages.errors import UserError
from mlops_stages.local.client.promotions import Progress
from mlops_stages.runtime.monitor_runs.record import Candidate
from mlops_stages.runtime.monitors.figures import Figure
from tests.drill.test_scenarios import OWNER, a_stage, complete, failed
from tests.model_page.account import Account
from tests.runtime.monitor_runs.given import PACKAGES

Json = dict[str, Any]
MANIFEST = "s3://acme-arrivals-internal-444444444444/manifests/flights/0123456789abcdef.json"
FUNCTION, PACKAGE = "acme-late-arrival-retraining", f"{PACKAGES}2"
EXECUTION = "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/arrivals-late-arrival/execution/abc"
CLAIMS = [
    "While there is no newer data, the owner is told that nothing can be learned, and what would help",
    "The next morning a candidate is trained on the newer data, and the owner is told why",
    "On what callers asked, the candidate is better than the version that serves, by the whole interval",
    "The owner is told that it is better, with the figure, and how to approve it",
    "Version 2 replaces version 1",
    "The ledger has who started its training, and the two who approved it",
]


def mail(subject: str, text: str) -> Mail:
    return Mail(
        id="m", topic="arn:aws:sns:eu-west-1:333333333333:owner", subject=f"arrivals/late-arrival: {subject}", text=text
    )


NOT_AGAIN = mail("it is wrong, and not trained again", "RTR-010 v1: the newest version of its dataset is its own")
AGAIN = mail("it is trained again", f"Why: overestimates\nOn: {MANIFEST}, days before 2026-10-28")
BETTER = mail("v2 is better, and waits for your approval", "Next: mlops-stages approve arrivals/late-arrival")


def record(kind: str, who: str, number: int) -> Json:
    return {"number": number, "who": who, "record": {"kind": kind, "body": {"package_arn": PACKAGE}}}


@dataclass
class People:
    """Those who make data, approve and look."""

    ends: str = "Succeeded"
    promotes: bool = True
    records: list[Json] = field(
        default_factory=lambda: [
            record("trained", FUNCTION, 1),
            record("approved", "hugo", 2),
            record("evaluated", "", 3),
            record("approved", "flora", 4),
            record("deployed", "", 5),
            {**record("trained", "another", 6), "record": {"kind": "trained", "body": {"package_arn": "v1"}}},
        ]
    )
    approved: list[str] = field(default_factory=list[str])

    def curate(self, last: str) -> str:
        assert last == retraining.NEWEST
        return MANIFEST

    def trained(self) -> Mapping[str, Any]:
        return {
            "PipelineExecutionArn": EXECUTION,
            "PipelineExecutionStatus": self.ends,
            "PipelineExecutionDisplayName": "retraining-2026-11-27",
        }

    def releases(self) -> Json:
        done = self.promotes and len(self.approved) > 1
        return {"production": {"version": 2 if done else 1, "configuration": "c"}, "waiting": []}

    def approve(self, target: str, version: int, _reason: str) -> Json:
        assert version == 2
        self.approved.append(target)
        return {"by": target, "package": PACKAGE, "decision": "approved", "for": target}

    def promote(self, version: int, _reason: str) -> None:
        assert version == 2

    def follow(self, _meanwhile: object = None) -> Progress | None:
        at_staging = self.approved[-1] == "staging"
        status = "failed" if not self.promotes else "waiting" if at_staging else "succeeded"
        return Progress(team="arrivals", model="late-arrival", promotion="p", status=status)

    def ledger(self) -> list[Json]:
        return self.records


class Topic:
    def __init__(self, *mails: Mail) -> None:
        self._mails = list(mails)

    def mails(self) -> list[Mail]:
        found, self._mails = self._mails[:1], self._mails[1:]
        return [each for each in found if each.subject]

    def mailed(self, _topic: str) -> list[str]:
        return [OWNER]


NOTHING = mail("", "")


def nothing(*_given: object) -> None:
    """Play nothing."""


def candidate(*, is_better: bool | None = True, why: str | None = None) -> Candidate:
    figure = Figure(
        name="log_loss_difference", of="v", value=-0.02, low=-0.03, high=-0.01, rows=100, definition="d", why=why
    )
    return Candidate(package=PACKAGE, is_better=is_better, why=why, figure=figure, days=20, challenge=None)


def play(
    people: People | None = None, *mails: Mail, judged: tuple[Candidate, ...] = (candidate(),)
) -> tuple[list[str], Stage]:
    """Play the scenario; the claims that fail."""
    account = Account()
    complete(account, "2026-11-26", 1.85)
    account.run("2026-11-27", 1.85, candidates=judged)
    stage = a_stage(account)
    stage.people = people or People()  # pyright: ignore[reportAttributeAccessIssue]
    stage.promotions = Topic(*(mails or (NOT_AGAIN, AGAIN, BETTER)))  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retraining, "_play_a_day", nothing)
        patched.setattr(Stage, "play", nothing)
        retraining.play(stage)
    return failed(stage.checks), stage


def test_a_candidate_that_is_better_and_serves_holds() -> None:
    found, stage = play()
    assert found == []
    assert [each.claim for each in stage.checks] == CLAIMS
    assert stage.checks[2].found == "log_loss_difference -0.020 (95 %: -0.030 to -0.010) on 100 decisions"
    assert stage.checks[5].found == f"trained by {FUNCTION}; approved by flora, hugo"


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_owner_who_is_not_told_does_not(place: int) -> None:
    mails = [NOT_AGAIN, AGAIN, BETTER]
    mails[{0: 0, 1: 1, 3: 2}[place]] = NOTHING
    assert play(None, *mails)[0] == [CLAIMS[place]]


def test_a_run_that_fails_or_is_of_other_data_does_not() -> None:
    assert play(People(ends="Failed"))[0] == [CLAIMS[1]]
    other = replace(AGAIN, text=AGAIN.text.replace("0123", "9999"))
    assert play(None, NOT_AGAIN, other, BETTER)[0] == [CLAIMS[1]]


@pytest.mark.parametrize(
    "judged", [(), (candidate(is_better=False),), (candidate(is_better=None, why="no decision has both"),)]
)
def test_one_that_is_not_better_is_not_promoted(judged: tuple[Candidate, ...]) -> None:
    people = People()
    found, stage = play(people, judged=judged)
    assert found == [CLAIMS[2]]
    assert people.approved == []
    assert [each.claim for each in stage.checks] == CLAIMS[:4]


def test_one_that_does_not_come_through_staging_ends_the_drill() -> None:
    with pytest.raises(UserError, match="DRL-005"):
        play(People(promotes=False))


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record("trained", "kim", 1), record("approved", "hugo", 2), record("approved", "flora", 3)],
        [record("trained", FUNCTION, 1), record("approved", "hugo", 2), record("approved", "hugo", 3)],
        [record("trained", FUNCTION, 1), record("approved", "hugo", 2)],
    ],
)
def test_a_ledger_without_who_started_it_and_two_who_approved_does_not(records: list[Json]) -> None:
    assert play(People(records=records))[0] == [CLAIMS[5]]


def test_newer_data_is_of_months_before_those_that_are_judged() -> None:
    assert f"{retraining.FIRST:%Y-%m}" > retraining.NEWEST
    # By then the window, and the day that labels take, are of September alone.
    assert (retraining.UNTIL - retraining.FIRST).days >= 28
