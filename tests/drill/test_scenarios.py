"""What is expected of a drill: it fails where the model's world is not as it should be, and says what was found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mlops_stages.cli.ack import Done
from mlops_stages.drill.facts import Check, Day
from mlops_stages.drill.inbox import NOT_ACKNOWLEDGED, Inbox, Message
from mlops_stages.drill.report import report
from mlops_stages.drill.scenarios import faults, rollback, september, summer
from mlops_stages.drill.scenarios.all import SCENARIOS, chosen, play, span
from mlops_stages.drill.scenarios.completeness import check_complete
from mlops_stages.drill.stage import Stage
from mlops_stages.drill.stream import Hour, Stream
from mlops_stages.errors import UserError
from mlops_stages.platform import Duty, load
from tests.conftest import ROOT
from tests.model_page.account import MONITORS, Account
from tests.model_page.given import LABELLED, TOPIC
from tests.runtime.promotion.given import AwsError

Json = dict[str, Any]
OWNER, NEXT = "hugo.stein@acme.example", "flora.king@acme.example"
NEXT_TOPIC = "arn:aws:sns:eu-west-1:666666666666:next"
DAYS = [date(2013, 10, each) for each in range(1, 8)]
FIRST = date(2026, 10, 29)
"""The first day of the clock: that of the window of the account's runs."""


class Clock:
    """A clock that is where it was moved to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def to(self, moment: datetime) -> datetime:
        self.now = max(self.now, moment)
        return self.now


@dataclass
class People:
    """Callers and engineers: what they send, and write."""

    sent: list[Json] = field(default_factory=list[Json])
    written: list[Json] = field(default_factory=list[Json])
    refuses: bool = False
    refused: int = 0

    def of(self, duty: Duty) -> Any:  # noqa: ANN401
        assert duty in (Duty.INVOKE_PRODUCTION, Duty.CURATE)

        def client(_service: str) -> Any:  # noqa: ANN401
            return self

        return client

    def invoke_endpoint(self, **given: Any) -> Json:  # noqa: ANN401
        if self.refuses:
            self.refused += 1
            raise AwsError("ModelError", "it fails")
        self.sent.append(given)
        return {"Body": self}

    def read(self) -> bytes:
        return b""

    def acknowledge(self, alarm: str, note: str) -> Done:
        assert note
        moment = datetime(2026, 11, 28, tzinfo=UTC)
        return Done(
            alarm=alarm,
            short=alarm,
            since=moment,
            by=OWNER,
            at=moment,
            note=note,
            is_new=True,
            record="s3://decisions/notices/x.json",
            sentence="",
            was_told_on=True,
        )

    def put_object(self, **given: Any) -> None:  # noqa: ANN401
        self.written.append(given)


@dataclass
class Counts:
    """CloudWatch, which counts requests."""

    people: People

    def get_metric_statistics(self, **given: Any) -> Json:  # noqa: ANN401
        assert given["StartTime"] < given["EndTime"]
        refused, sent = self.people.refused, len(self.people.sent)
        total = {"Invocations": sent + refused, "Invocation5XXErrors": refused}[given["MetricName"]]
        return {"Datapoints": [{"Sum": float(total)}]}


class Silent:
    """Nobody watches."""

    def step(self, text: str) -> None:
        pass

    def days(self, done: int, total: int, text: str) -> None:
        pass


class Mail:
    """What is told, and whom a topic mails."""

    def __init__(self, *messages: Message, mailed: Sequence[str] = (OWNER,)) -> None:
        self._messages, self._mailed = list(messages), list(mailed)

    def taken(self) -> list[Message]:
        found, self._messages = self._messages, []
        return found

    def mailed(self, topic: str) -> list[str]:
        return [NEXT] if topic == NEXT_TOPIC else self._mailed


def told(day: date, ratio: float, alarm: str = "overestimates", state: str = "ALARM") -> Message:
    figure = f"it expects {ratio:.2f} times what happens (95 %: {ratio - 0.1:.2f} to {ratio + 0.1:.2f}; allowed)"
    return Message(
        id="m-1",
        topic=TOPIC if state == "ALARM" else NEXT_TOPIC,
        alarm=f"{MONITORS}-{alarm}",
        state=state,
        text=f"It is wrong.\n\nFigure: {figure}.",
        at=datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=5, minutes=31),
    )


def a_stage(account: Account, first_stream: date = date(2013, 8, 4), days: int = 33) -> Stage:
    """A stage on which days were played, each with as many decisions as the account's runs have in all."""
    platform = load(ROOT / "platform.yaml")
    team = platform.team("arrivals")
    account.alarms(overestimates={}, quality={})
    stage = Stage(
        addresses=platform.addresses,
        team=team,
        model=team.models[0],
        clock=Clock(datetime(2026, 10, 28, 9, tzinfo=UTC)),  # pyright: ignore[reportArgumentType]  # what is used of it
        people=People(),  # pyright: ignore[reportArgumentType]
        root=lambda _: None,
        tooling=lambda _: None,
        operator=lambda _: None,
        source=account.source,
        stream=Stream({}),
        watcher=Silent(),
        scenario="summer",
        first_day=FIRST,
    )
    stage.inbox = Mail()  # pyright: ignore[reportAttributeAccessIssue]
    for number in range(days):
        one = timedelta(days=number)
        decisions = LABELLED.decisions if number == 0 else 0
        stage.days.append(Day(stream=first_stream + one, clock=FIRST + one, requests=1, decisions=decisions, late=0))
    return stage


def complete(account: Account, day: str, ratio: float) -> None:
    account.run(day, ratio, labelled=replace(LABELLED, labelled=LABELLED.decisions))


@pytest.fixture
def account() -> Account:
    found = Account()
    complete(found, "2026-11-25", 1.0)
    complete(found, "2026-11-26", 1.0)
    return found


def failed(checks: Sequence[Check]) -> list[str]:
    return [each.claim for each in checks if not each.holds]


# Summer


def silence(stage: Stage) -> list[str]:
    summer._check_silence(stage, "summer")  # pyright: ignore[reportPrivateUsage]
    return failed(stage.checks)


def test_a_silent_summer_holds(account: Account) -> None:
    stage = a_stage(account)
    assert silence(stage) == []
    assert stage.checks[1].found == "2 mornings judged, 0 beyond; the last: 1.00 (0.90 to 1.10)"


def test_a_summer_in_which_somebody_was_told_does_not(account: Account) -> None:
    stage = a_stage(account)
    stage.messages.append(told(date(2026, 11, 20), 1.2, "quality"))
    stage.messages.append(told(date(2026, 11, 20), 1.2, "score-drift"))
    stage.messages.append(replace(told(date(2026, 11, 20), 1.2, "score-drift"), state="OK"))
    assert silence(stage) == ["Nobody is told anything, summer"]
    assert stage.checks[0].found == "monitors-quality at 2026-11-20 05:31, monitors-score-drift at 2026-11-20 05:31"


def test_a_summer_that_nobody_has_judged_does_not(account: Account) -> None:
    stage = a_stage(account)
    stage.first_day = date(2027, 1, 1)
    assert "It was judged, and no interval lay wholly beyond what is allowed" in silence(stage)


def test_a_morning_beyond_the_bounds_does_not(account: Account) -> None:
    complete(account, "2026-11-26", 1.85)
    assert silence(a_stage(account)) == ["It was judged, and no interval lay wholly beyond what is allowed"]


@pytest.mark.parametrize(
    "labelled",
    [LABELLED, replace(LABELLED, decisions=7905, labelled=7905), replace(LABELLED, decisions=7907, labelled=7907)],
)
def test_a_decision_that_is_missing_or_has_no_label_is_found(account: Account, labelled: Any) -> None:  # noqa: ANN401
    account.run("2026-11-26", 1.0, labelled=labelled)
    stage = a_stage(account)
    check_complete(stage)
    assert len(failed(stage.checks)) == 1
    assert f"{labelled.decisions:,} decisions" in stage.checks[0].found


# September


def autumn(account: Account, *messages: Message, mailed: Sequence[str] = (OWNER,)) -> list[Check]:
    stage = a_stage(account)
    stage.inbox = Mail(mailed=mailed)  # pyright: ignore[reportAttributeAccessIssue]
    stage.messages += messages
    september._check(stage)  # pyright: ignore[reportPrivateUsage]
    return stage.checks


MORNING = date(2026, 11, 26)
"""That of the first of September in the stream."""


def test_an_owner_who_is_told_in_september_with_the_figure_holds(account: Account) -> None:
    complete(account, str(MORNING), 1.85)
    checks = autumn(account, told(MORNING, 1.85), told(MORNING, 1.85, state=NOT_ACKNOWLEDGED))
    assert failed(checks) == []
    assert checks[0].found == "1, on the morning of 2013-09-01 of the stream, 2026-11-26 by the clock"
    assert checks[2].found.startswith("Figure: it expects 1.85 times what happens (95 %: 1.75 to 1.95;")
    assert checks[3].found == f"{NEXT}, of the alarm of 2026-11-26 05:31"


def test_nobody_told_twice_or_in_august_does_not(account: Account) -> None:
    complete(account, str(MORNING), 1.85)
    complete(account, "2026-11-25", 1.85)
    for messages in (
        (),
        (told(MORNING, 1.85), told(MORNING, 1.85)),
        (told(date(2026, 11, 25), 1.85),),
    ):
        assert failed(autumn(account, *messages))[:1] == ["The owner is told in September, and not before"]


def test_an_alarm_without_its_owner_its_figure_or_those_who_come_next_does_not(account: Account) -> None:
    complete(account, str(MORNING), 1.85)
    others = told(MORNING, 1.85, state=NOT_ACKNOWLEDGED)
    elsewhere = autumn(account, told(MORNING, 1.85), others, mailed=("eve@acme.example",))
    assert failed(elsewhere) == ["The model's owner is told by mail"]
    assert len(failed(autumn(account, told(MORNING, 3.21), others))) == 1
    nobody_else = autumn(account, told(MORNING, 1.85))
    assert failed(nobody_else) == ["As nobody acknowledges it, those who come next are told"]


# Rollback


def test_each_drill_breaks_the_model_by_code_of_its_own() -> None:
    scoring = (ROOT / "constructs/mlops_stages/model_repository/template/serving/scoring.py").read_text("utf-8")
    codes = {scoring.replace(*rollback.broken(datetime(2027, 3, 1, hour, tzinfo=UTC))) for hour in (1, 2)}
    assert len(codes - {scoring}) == 2
    for code in codes:
        compile(code, "scoring.py", "exec")


def counted(stage: Stage, people: Any) -> rollback.Callers:  # noqa: ANN401
    """Callers whose requests CloudWatch counts."""
    callers = rollback.Callers(stage, people)
    stage.root = lambda _: Counts(people)
    return callers


@pytest.mark.parametrize("before", [1, 3, 12])
def test_callers_have_an_answer_to_the_same_flights_however_soon_the_canary_is_gone(
    account: Account, before: int
) -> None:
    stage = a_stage(account, days=0)
    stage.first_day, stage.stream = None, Stream({day: hours(day) for day in DAYS})
    people: Any = stage.people
    callers = counted(stage, people)
    for number in range(before):
        people.refuses = number == 1
        callers()
    failed, people.refuses = len(callers.failed), False
    began = stage.clock.now
    rollback._check_refused(stage, callers, began)  # pyright: ignore[reportPrivateUsage]
    callers.send_again()
    rollback._check_answered(stage, callers, began)  # pyright: ignore[reportPrivateUsage]
    assert failed == (60 if before > 1 else 0)
    assert [each.holds for each in stage.checks] == [before > 1, True]
    assert stage.checks[0].proofs[0].says == f"{failed} from 09:00 to 09:01"
    assert len({each["InferenceId"] for each in people.sent}) == len(people.sent) == 600


def test_callers_who_are_refused_to_the_end_fail_the_drill(account: Account) -> None:
    stage = a_stage(account, days=0)
    stage.first_day, stage.stream = None, Stream({day: hours(day) for day in DAYS})
    people: Any = stage.people
    callers = counted(stage, people)
    callers()
    people.refuses = True
    callers.send_again()
    rollback._check_answered(stage, callers, stage.clock.now)  # pyright: ignore[reportPrivateUsage]
    assert (stage.checks[-1].found, stage.checks[-1].holds) == ("60 have", False)
    assert len(callers.failed) == 540


# Playing


def hours(day: date) -> list[Hour]:
    return [Hour(day=day, hour=hour, rows=("UA,1", "AA,2"), labels=(0, 1)) for hour in (5, 9)]


def test_a_day_is_sent_by_the_hour_and_labelled_in_the_next_night(account: Account) -> None:
    days = [date(2013, 8, 4), date(2013, 8, 5)]
    stage = a_stage(account, days=0)
    stage.first_day, stage.stream = None, Stream({day: hours(day) for day in days})
    seen: list[tuple[int, date]] = []
    stage.play(days, lambda hour, clock: seen.append((hour.hour, clock)))
    people: Any = stage.people
    assert [each["InferenceId"] for each in people.sent] == [
        "2013-08-04T05.20261029", "2013-08-04T09.20261029", "2013-08-05T05.20261030", "2013-08-05T09.20261030",
    ]  # fmt: skip
    assert seen == [(5, FIRST), (9, FIRST), (5, FIRST + timedelta(days=1)), (9, FIRST + timedelta(days=1))]
    (written,) = people.written
    assert written["Key"] == "labels/late-arrival/2026/10/30/02/of-the-day.jsonl"
    assert [json.loads(line) for line in written["Body"].splitlines()][1] == {
        "decision_id": "2013-08-04T05.20261029:2",
        "label": 1,
    }
    assert [(day.requests, day.decisions, day.late) for day in stage.days] == [(2, 4, 2), (2, 4, 2)]
    assert stage.clock.now == datetime(2026, 10, 30, 9, 1, tzinfo=UTC)


def test_labels_of_what_callers_sent_before_the_first_day_are_written_in_its_night(account: Account) -> None:
    day = date(2013, 8, 4)
    stage = a_stage(account, days=0)
    stage.first_day, stage.stream = None, Stream({day: hours(day)})
    stage.more_labels = [{"decision_id": "20261028.at-3.1:1", "label": 0}]
    stage.play([day])
    people: Any = stage.people
    (written,) = people.written
    assert json.loads(written["Body"]) == {"decision_id": "20261028.at-3.1:1", "label": 0}


def test_an_endpoint_that_does_not_answer_ends_the_drill(account: Account) -> None:
    day = date(2013, 8, 4)
    stage = a_stage(account, days=0)
    stage.first_day, stage.stream, stage.people = None, Stream({day: hours(day)}), People(refuses=True)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UserError) as error:
        stage.play([day])
    assert (error.value.code, error.value.exit_code) == ("DRL-002", 1)


def test_an_alarm_is_followed_from_when_it_goes_off_to_when_it_is_over(account: Account) -> None:
    stage = a_stage(account)
    for state in ("OK", "ALARM", "ALARM", "OK"):
        account.cloudwatch.known[f"{MONITORS}-overestimates"] = {"StateValue": state, "StateReason": "1.67"}
        stage.look(stage.clock.now)
    (ring,) = stage.rings
    assert (ring.alarm, ring.reason) == ("monitors-overestimates", "1.67")
    assert ring.ended is not None
    assert [each.kind for each in stage.events] == ["alarm", "ok"]


def test_earlier_decisions_leave_the_window_before_anything_is_played(account: Account) -> None:
    stage = a_stage(account)
    before = stage.clock.now
    nothing = replace(SCENARIOS["summer"], play=nobody)
    play(stage, [nothing])
    assert stage.clock.now - before == timedelta(days=31)
    empty = a_stage(Account())
    before = empty.clock.now
    play(empty, [nothing])
    assert empty.clock.now == before


def test_what_callers_sent_last_is_labelled_before_a_drill_ends(account: Account) -> None:
    def sent(stage: Stage) -> None:
        stage.more_labels = [{"decision_id": "20261028.at-3.1:1", "label": 0}]

    stage = a_stage(account, days=0)
    stage.first_day = None
    play(stage, [replace(SCENARIOS["rollback"], play=sent)])
    people: Any = stage.people
    assert [json.loads(each["Body"])["label"] for each in people.written] == [0]
    assert (stage.more_labels, stage.clock.now.hour) == ([], 6)


def test_scenarios_are_played_in_their_order_and_need_the_days_of_all() -> None:
    found = chosen(("faults", "september"))
    assert [each.name for each in found] == ["september", "faults"]
    assert span(found) == (date(2013, 8, 4), date(2013, 10, 7))
    assert [each.name for each in chosen(())] == ["summer", "september", "retraining", "rollback", "faults"]


def test_a_report_has_the_mornings_since_the_drill_began(account: Account) -> None:
    stage = a_stage(account)
    stage.first_day = date(2026, 11, 25)
    found = report(stage, [("summer", "silent")], 1.0)
    assert [str(each.clock) for each in found.judged] == ["2026-11-26"]
    assert found.judged[0].stream == date(2013, 9, 1)
    assert (round(found.least, 2), found.most) == (0.87, 1.15)
    assert found.quality == "auc of at least 0.66"


class Aws:
    """SageMaker and IAM, as an hour that is lost needs them."""

    def __init__(self) -> None:
        self.policies = list[str]()

    def describe_endpoint(self, **_given: object) -> Json:
        return {"EndpointConfigName": "c"}

    def describe_endpoint_config(self, **_given: object) -> Json:
        return {"ProductionVariants": [{"ModelName": "m"}]}

    def describe_model(self, **_given: object) -> Json:
        return {"ExecutionRoleArn": "arn:aws:iam::666666666666:role/serves"}

    def put_role_policy(self, **given: str) -> None:
        self.policies.append(given["PolicyName"])

    def delete_role_policy(self, **given: str) -> None:
        self.policies.remove(given["PolicyName"])


def test_a_drill_that_breaks_off_in_a_lost_hour_lets_the_role_write_again(account: Account) -> None:
    stage, aws = a_stage(account, date(2013, 8, 4)), Aws()
    stage.root = stage.operator = lambda _: aws
    stage.stream = Stream({each: [Hour(day=each, hour=faults.LOST_HOUR, rows=("UA,1",), labels=(0,))] for each in DAYS})
    stage.people = People(refuses=True)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(UserError, match="DRL-002"):
        faults.play(stage)
    assert aws.policies == []
    assert [each.kind for each in stage.events if each.kind in ("fault", "healed")] == ["fault", "healed"]


def nobody(_stage: Stage) -> None:
    """Play nothing."""


# What is told


class Queue:
    """SQS and SNS, as an inbox needs them."""

    def __init__(self, *bodies: str) -> None:
        self.bodies, self.gone = list(bodies), list[str]()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        def answer(**_given: object) -> Json:
            return self._answer(name)

        return answer

    def _answer(self, name: str) -> Json:
        if name == "receive_message":
            bodies, self.bodies = self.bodies[:1], self.bodies[1:]
            return {"Messages": [{"ReceiptHandle": "r", "Body": each} for each in bodies]} if bodies else {}
        if name in ("delete_queue", "unsubscribe"):
            self.gone.append(name)
        subscriptions = [{"Protocol": "email", "Endpoint": OWNER}, {"Protocol": "sqs", "Endpoint": "q"}]
        return {
            "QueueUrl": "q", "Attributes": {"QueueArn": "arn"}, "SubscriptionArn": "s", "Subscriptions": subscriptions,
        }  # fmt: skip


def test_an_inbox_takes_messages_about_alarms_alone_and_goes_when_it_is_done() -> None:
    said = {"AlarmName": "a", "NewStateValue": "ALARM", "StateChangeTime": "2026-11-26T05:31:00.000+0000"}
    bodies = [json.dumps({"MessageId": "m", "TopicArn": TOPIC, "Message": json.dumps(said)})]
    queue = Queue("no JSON", json.dumps({"Message": "v2 waits"}), *bodies, json.dumps({"Message": json.dumps({})}))
    inbox = Inbox(lambda _: queue, [TOPIC])
    (message,) = inbox.taken()
    assert (message.alarm, message.state, message.at) == ("a", "ALARM", datetime(2026, 11, 26, 5, 31, tzinfo=UTC))
    assert inbox.mailed(TOPIC) == [OWNER]
    inbox.close()
    assert queue.gone == ["unsubscribe", "delete_queue"]


@pytest.mark.parametrize(
    ("subject", "text", "state", "at"),
    [
        ("x: overestimates went off", "Why.\n\nSince: 2026-11-26 05:31 UTC\nAlarm: a-overestimates", "ALARM", 5),
        (
            "x: overestimates is not acknowledged",
            "It was to be acknowledged by 2026-11-26 09:31 UTC.\n\nSince: 2026-11-26 05:31 UTC\nAlarm: a-overestimates",
            NOT_ACKNOWLEDGED,
            9,
        ),
        (
            "x: overestimates is over",
            "It is over since 2026-11-26 06:31 UTC; it went off at 2026-11-26 05:31 UTC.\nAlarm: a-overestimates",
            "OK",
            6,
        ),
    ],
)
def test_an_inbox_reads_notices(subject: str, text: str, state: str, at: int) -> None:
    body = json.dumps({"MessageId": "m", "TopicArn": TOPIC, "Subject": subject, "Message": text})
    (message,) = Inbox(lambda _: Queue(body), [TOPIC]).taken()
    assert (message.alarm, message.state, message.text) == ("a-overestimates", state, text)
    assert message.at == datetime(2026, 11, 26, at, 31, tzinfo=UTC)
