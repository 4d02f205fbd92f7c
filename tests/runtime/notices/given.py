"""A model whose alarms go off, for tests: AWS in memory, and what its notices do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mlops_stages.runtime.notices import events
from mlops_stages.runtime.notices.incidents import Incident, Known, known
from mlops_stages.runtime.notices.notices import Notices
from mlops_stages.runtime.notices.settings import Settings
from tests.runtime.decisions.given import S3
from tests.runtime.ledger.given import ClientError, error
from tests.runtime.monitor_runs.given import DECISIONS, ENDPOINT

Json = dict[str, Any]

OWNER, NEXT = "hugo.stein@acme.example", "flora.king@acme.example"
OWNER_TOPIC, NEXT_TOPIC, CHAT_TOPIC = (
    f"arn:aws:sns:eu-west-1:666666666666:{name}" for name in ("owner", "next", "chat")
)
MONITORS = "acme-late-arrival-production-monitors"
TOLD = f"Model arrivals/late-arrival in production; owner {OWNER}; runbook: docs/endpoints.md"
SETTINGS = Settings(
    model="arrivals/late-arrival",
    environment="production",
    endpoint=ENDPOINT,
    bucket=DECISIONS,
    prefixes={f"{ENDPOINT}-": "", "acme-late-arrival-production-decisions-": "decisions-", f"{MONITORS}-": ""},
    told=TOLD,
    runbook="docs/endpoints.md",
    owner=OWNER,
    owner_topic=OWNER_TOPIC,
    others=NEXT,
    others_topic=NEXT_TOPIC,
    minutes=240,
    group="acme-late-arrival-production-notices",
    schedule_role="arn:aws:iam::666666666666:role/acme-late-arrival.notices",
    failed_queue="arn:aws:sqs:eu-west-1:666666666666:acme-late-arrival-production-notices-failed",
    key="arn:aws:kms:eu-west-1:666666666666:key/1",
)
FUNCTION = "arn:aws:lambda:eu-west-1:666666666666:function:acme-late-arrival-production-notices"
AT = datetime(2026, 11, 27, 5, 31, tzinfo=UTC)
"""When CloudWatch sees what the run of 5:30 has put."""


class _Exceptions:
    ClientError = ClientError


@dataclass
class Topics:
    """SNS: what was published, by topic."""

    told: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    shown: list[Json] = field(default_factory=list[Json])
    fails: bool = False
    chat_fails: bool = False
    exceptions: type[_Exceptions] = _Exceptions

    def publish(self, **given: Any) -> None:  # noqa: ANN401
        """Keep what SNS would take."""
        if self.fails:
            raise error("InternalError")
        if given["TopicArn"] == CHAT_TOPIC:
            if self.chat_fails:
                raise error("NotFound")
            self.shown.append(json.loads(given["Message"]))
            return
        assert len(given["Subject"]) <= 100
        assert given["Subject"].isascii()
        self.told.append((given["TopicArn"], given["Subject"], given["Message"]))


@dataclass
class Scheduler:
    """EventBridge Scheduler: what is planned, by name."""

    planned: dict[str, Json] = field(default_factory=dict[str, Json])
    exceptions: type[_Exceptions] = _Exceptions

    def create_schedule(self, **given: Any) -> None:  # noqa: ANN401
        """Keep a schedule."""
        if given["Name"] in self.planned:
            raise error("ConflictException")
        assert len(given["Name"]) <= 64
        self.planned[given["Name"]] = given

    def delete_schedule(self, **given: Any) -> None:  # noqa: ANN401
        """Forget a schedule."""
        assert given["GroupName"] == SETTINGS.group
        if self.planned.pop(given["Name"], None) is None:
            raise error("ResourceNotFoundException")


@dataclass
class Alarms:
    """CloudWatch: the state of each alarm that is there."""

    states: dict[str, str] = field(default_factory=dict[str, str])
    since: datetime = AT

    def describe_alarms(self, **given: Any) -> Json:  # noqa: ANN401
        """What is known of some."""
        about = {
            "StateTransitionedTimestamp": self.since,
            "StateReason": "no datapoints",
            "AlarmDescription": f"Silent. {TOLD}",
            "EvaluationPeriods": 144,
            "Metrics": [{"Id": "judged", "Expression": "n"}, {"Id": "n", "MetricStat": {"Period": 300}}],
        }
        found = [
            {"AlarmName": each, "StateValue": self.states[each], **about}
            for each in given["AlarmNames"]
            if each in self.states
        ]
        return {"MetricAlarms": found}


@dataclass
class Endpoint:
    """SageMaker: what becomes of the model's endpoint."""

    status: str = "InService"
    pending: str | None = None
    fails: bool = False
    exceptions: type[_Exceptions] = _Exceptions

    def describe_endpoint(self, **given: Any) -> Json:  # noqa: ANN401
        """What is known of it."""
        assert given == {"EndpointName": ENDPOINT}
        if self.fails:
            raise error("AccessDeniedException")
        pending = {} if self.pending is None else {"PendingDeploymentSummary": {"EndpointConfigName": self.pending}}
        return {"EndpointStatus": self.status, **pending}


@dataclass
class Told:
    """A model's notices."""

    settings: Settings = SETTINGS
    s3: S3 = field(default_factory=S3)
    topics: Topics = field(default_factory=Topics)
    scheduler: Scheduler = field(default_factory=Scheduler)
    alarms: Alarms = field(default_factory=Alarms)
    endpoint: Endpoint = field(default_factory=Endpoint)
    now: datetime = AT
    pause: Callable[[float], None] = lambda _seconds: None

    @property
    def notices(self) -> Notices:
        """What the function does."""
        return Notices(
            settings=self.settings,
            function_arn=FUNCTION,
            s3=self.s3,
            sns=self.topics,
            scheduler=self.scheduler,
            cloudwatch=self.alarms,
            sagemaker=self.endpoint,
            now=lambda: self.now,
            pause=self.pause,
        )

    def becomes(
        self,
        state: str,
        *,
        at: datetime = AT,
        short: str = "overestimates",
        before: str = "OK",
        begin: str = MONITORS,
    ) -> str:
        """An alarm changes its state; what is done."""
        name = f"{begin}-{short}"
        self.alarms.states[name] = state
        told = event(state, at=at, name=name, previousState={"value": before})
        return self.notices.changed(events.alarm(self.settings, told))

    def due(self) -> list[str]:
        """Each schedule is due; what is done. They are gone then."""
        planned, self.scheduler.planned = self.scheduler.planned, {}
        given = [json.loads(each["Target"]["Input"]) for each in planned.values()]
        return [self.notices.looked_at(events.looked_at(self.settings, each)) for each in given]

    def waits(self) -> str:
        """It becomes as late as the only schedule says, and that is due; what is done."""
        (planned,) = self.scheduler.planned.values()
        due = str(planned["ScheduleExpression"]).removeprefix("at(").removesuffix(")")
        self.now = datetime.fromisoformat(due).replace(tzinfo=UTC)
        (done,) = self.due()
        return done

    def acknowledge(self, incident: Incident, person: str = OWNER) -> None:
        """Somebody acknowledges."""
        self.s3.put_object(Bucket=DECISIONS, Key=incident.acknowledged_by(f"AROAEXAMPLE:{person}"), Body=b"{}")

    def known(self) -> tuple[Known, ...]:
        """What is kept, the newest first."""
        return known(self.s3, DECISIONS, ENDPOINT)


def event(value: str, *, at: datetime = AT, name: str = f"{MONITORS}-overestimates", **changed: Any) -> Json:  # noqa: ANN401
    """What CloudWatch calls with."""
    data = {
        "alarmName": name,
        "state": {
            "value": value,
            "reason": "Threshold Crossed: 1 datapoint [1.96] was greater than the threshold (1.15).",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.123+0000",
        },
        "previousState": {"value": "OK"},
        "configuration": {"description": f"The model expects more than happens. {TOLD}"},
    }
    return {"source": "aws.cloudwatch", "alarmData": data | changed}


def told(**changed: Any) -> Told:  # noqa: ANN401
    """A model whose settings differ a little."""
    return Told(settings=replace(SETTINGS, **changed))
