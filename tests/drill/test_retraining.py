"""What is expected of retraining in a drill: each part fails where it did not happen, and says what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from mlops_stages.drill.facts import Day
from mlops_stages.drill.inbox import Mail
from mlops_stages.drill.scenarios import retraining, september
from mlops_stages.drill.stage import Stage
from mlops_stages.drill.stream import Stream
from mlops_stages.errors import UserError
from mlops_stages.local.client.promotions import Progress
from mlops_stages.runtime.monitor_runs.record import Candidate
from mlops_stages.runtime.monitors.figures import Figure
from tests.drill.test_scenarios import OWNER, a_stage, complete, failed
from tests.model_page.account import Account
from tests.runtime.monitor_runs.given import PACKAGES

Json = dict[str, Any]
MANIFESTS = {
    month: f"s3://acme-arrivals-internal-444444444444/manifests/flights/0123456789abcde{number}.json"
    for number, month in enumerate((retraining.NOT_ENOUGH, retraining.NEWEST))
}
FUNCTION, REJECTED, PACKAGE = "acme-late-arrival-retraining", f"{PACKAGES}2", f"{PACKAGES}3"
EXECUTION = "arn:aws:sagemaker:eu-west-1:222222222222:pipeline/arrivals-late-arrival/execution/abc"
CLAIMS = [
    "While there is no newer data, the owner is told that nothing can be learned, and what would help",
    "A candidate is trained on newer data, January to July, and the owner is told why",
    "A candidate that is not better on what callers asked is rejected, with the figure, and the owner is told",
    "A candidate is trained on newer data, January to August, and the owner is told why",
    "On what callers asked, the next is better than the version that serves, by the whole interval",
    "The owner is told that it is better, with the figure, and how to approve it",
    "Version 3 replaces version 1",
    "The ledger has who started its training, and the two who approved it",
]


def mail(subject: str, text: str) -> Mail:
    return Mail(
        id="m", topic="arn:aws:sns:eu-west-1:333333333333:owner", subject=f"arrivals/late-arrival: {subject}", text=text
    )


NOT_AGAIN = mail("it is wrong, and not trained again", "RTR-010 v1: the newest version of its dataset is its own")
FIRST_RUN, NEXT_RUN = (
    mail("it is trained again", f"Why: overestimates\nOn: {each}, days before 2026-10-28")
    for each in MANIFESTS.values()
)
NO_HELP = mail("v2 does not help: not better", "It is rejected: the log loss of version 2 is 0.006 lower")
BETTER = mail("v3 is better, and waits for your approval", "Next: mlops-stages approve arrivals/late-arrival")
MAILS = {"not again": NOT_AGAIN, "first run": FIRST_RUN, "no help": NO_HELP, "next run": NEXT_RUN, "better": BETTER}
DAYS = [date(2013, 9, 6) + timedelta(days=each) for each in range(28)]


def record(kind: str, who: str, number: int, package: str = PACKAGE) -> Json:
    return {"number": number, "who": who, "record": {"kind": kind, "body": {"package_arn": package}}}


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
            record("trained", "another", 6, "v1"),
            record("rejected", "another", 7, "v1"),
            record("rejected", FUNCTION, 8, REJECTED),
        ]
    )
    approved: list[str] = field(default_factory=list[str])
    curated: list[str] = field(default_factory=list[str])

    def curate(self, last: str) -> str:
        self.curated.append(last)
        return MANIFESTS[last]

    def trained(self) -> Mapping[str, Any]:
        return {
            "PipelineExecutionArn": EXECUTION,
            "PipelineExecutionStatus": self.ends,
            "PipelineExecutionDisplayName": "retraining-2026-11-27",
        }

    def releases(self) -> Json:
        done = self.promotes and len(self.approved) > 1
        return {"production": {"version": 3 if done else 1, "configuration": "c"}, "waiting": []}

    def approve(self, target: str, version: int, _reason: str) -> Json:
        assert version == 3
        self.approved.append(target)
        return {"by": target, "package": PACKAGE, "decision": "approved", "for": target}

    def promote(self, version: int, _reason: str) -> None:
        assert version == 3

    def follow(self, _meanwhile: object = None) -> Progress | None:
        at_staging = self.approved[-1] == "staging"
        status = "failed" if not self.promotes else "waiting" if at_staging else "succeeded"
        return Progress(team="arrivals", model="late-arrival", promotion="p", status=status)

    def ledger(self) -> list[Json]:
        return self.records


def candidate(package: str = PACKAGE, *, is_better: bool | None = True, why: str | None = None) -> Candidate:
    figure = Figure(
        name="log_loss_difference", of="v", value=-0.02, low=-0.03, high=-0.01, rows=100, definition="d", why=why
    )
    return Candidate(package=package, is_better=is_better, why=why, figure=figure, days=20, challenge=None)


WORSE = candidate(REJECTED, is_better=False, why="it is not 0.002 lower")


@dataclass
class World:
    """The mornings of a model whose data engineer brings newer data: its owner's mails, and what was judged."""

    people: People
    account: Account
    mails: dict[str, Mail]
    judged: list[tuple[Candidate, ...]]
    _waiting: list[Mail] = field(default_factory=list[Mail])
    _runs: int = 0
    _done: int = 0

    def play(self, stage: Stage, days: Iterable[date]) -> None:
        """In the place of `Stage.play`."""
        for day in days:
            clock = stage.days[-1].clock + timedelta(days=1)
            stage.days.append(Day(stream=day, clock=clock, requests=1, decisions=100, late=0))
            self._morning(str(clock))

    def _morning(self, day: str) -> None:
        if len(self.people.curated) > self._runs:
            self._runs += 1
            self._tell(("first run", "next run")[self._runs - 1])
        elif self._done < self._runs:
            self.account.run(day, 1.85, candidates=self.judged[self._done])
            self._tell(("no help", "better")[self._done])
            self._done += 1

    def _tell(self, name: str) -> None:
        self._waiting += [self.mails[name]] if name in self.mails else []

    def mailed(self, _topic: str) -> list[str]:
        return [OWNER]

    def taken(self) -> list[Mail]:
        """In the place of `Stage.mails`."""
        if "not again" in self.mails and not self.people.curated:
            return [self.mails["not again"]]
        found, self._waiting = self._waiting, []
        return found


def play(
    people: People | None = None,
    mails: Mapping[str, Mail] = MAILS,
    judged: Sequence[tuple[Candidate, ...]] = ((WORSE,), (WORSE, candidate())),
) -> tuple[list[str], Stage]:
    """Play the scenario; the claims that fail."""
    account = Account()
    complete(account, "2026-11-26", 1.85)
    stage = a_stage(account)
    stage.stream = Stream(dict.fromkeys(DAYS, ()))
    world = World(people or People(), account, dict(mails), list(judged))
    stage.people = world.people  # pyright: ignore[reportAttributeAccessIssue]
    stage.promotions = world  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, "play", partial(world.play, stage))
        patched.setattr(stage, "mails", world.taken)
        retraining.play(stage)
    return failed(stage.checks), stage


def test_the_next_candidate_serves_where_the_first_was_no_better() -> None:
    people = People()
    found, stage = play(people)
    assert found == []
    assert [each.claim for each in stage.checks] == CLAIMS
    assert next(each.text for each in stage.events if each.kind == "decided") == f"{FUNCTION} rejects version 2"
    assert people.curated == [retraining.NOT_ENOUGH, retraining.NEWEST]
    assert [str(each.stream) for each in stage.days][-1] == "2013-09-26"
    assert stage.checks[2].found == (
        "log_loss_difference -0.020 (95 %: -0.030 to -0.010) on 100 decisions; it is not 0.002 lower; "
        f"arrivals/late-arrival: v2 does not help: not better; rejected by {FUNCTION}"
    )
    assert stage.checks[4].found == "log_loss_difference -0.020 (95 %: -0.030 to -0.010) on 100 decisions"
    assert stage.checks[7].found == f"trained by {FUNCTION}; approved by flora, hugo"


@pytest.mark.parametrize(
    ("mail", "claim"), [("not again", 0), ("first run", 1), ("no help", 2), ("next run", 3), ("better", 5)]
)
def test_an_owner_who_is_not_told_does_not(mail: str, claim: int) -> None:
    told = {name: each for name, each in MAILS.items() if name != mail}
    assert play(None, told)[0][0] == CLAIMS[claim]


def test_a_run_that_fails_or_is_of_other_data_does_not() -> None:
    assert play(People(ends="Failed"))[0] == [CLAIMS[1], CLAIMS[3]]
    other = replace(MAILS["next run"], text=MAILS["next run"].text.replace("0123", "9999"))
    assert play(None, {**MAILS, "next run": other})[0] == [CLAIMS[3]]


@pytest.mark.parametrize("worse", [(), (candidate(REJECTED),), (candidate(REJECTED, is_better=None, why="too few"),)])
def test_one_that_is_better_or_was_not_judged_is_not_to_be_rejected(worse: tuple[Candidate, ...]) -> None:
    assert play(judged=(worse, (candidate(),)))[0] == [CLAIMS[2]]


def test_a_rejection_by_somebody_else_or_that_the_ledger_lacks_does_not() -> None:
    ledger = People().records
    for records in (ledger[:-1], [*ledger[:-1], record("rejected", "kim", 8, REJECTED)]):
        assert play(People(records=records))[0] == [CLAIMS[2]]


@pytest.mark.parametrize(
    "judged", [(), (candidate(is_better=False),), (candidate(is_better=None, why="no decision has both"),)]
)
def test_one_that_is_not_better_is_not_promoted(judged: tuple[Candidate, ...]) -> None:
    people = People()
    found, stage = play(people, judged=((WORSE,), judged))
    assert found == [CLAIMS[4]]
    assert people.approved == []
    assert [each.claim for each in stage.checks] == CLAIMS[:6]


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
    rejected = record("rejected", FUNCTION, 8, REJECTED)
    assert play(People(records=[*records, rejected]))[0] == [CLAIMS[7]]


def test_without_a_day_before_it_is_played_until_the_owner_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Stage] = []

    def until_told(stage: Stage) -> None:
        begun.append(stage)
        raise UserError("DRL-002", "e", "it ends here", "nothing")

    monkeypatch.setattr(retraining.september, "until_told", until_told)
    stage = a_stage(Account(), days=0)
    with pytest.raises(UserError, match="it ends here"):
        retraining.play(stage)
    assert begun == [stage]


def test_newer_data_is_of_months_before_those_that_are_judged() -> None:
    assert retraining.NOT_ENOUGH < retraining.NEWEST < f"{september.FIRST:%Y-%m}"
    # The cool-down of the first run, begun a day or two after September's alarm, is not over by then.
    assert date(2013, 9, 12) + timedelta(days=14) > retraining.CURATED
