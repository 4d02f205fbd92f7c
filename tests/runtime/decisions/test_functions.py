"""Both functions as Lambda calls them, with boto3, against moto's services in place of these tests' own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from mlops_stages.runtime.decisions import function, settings
from mlops_stages.runtime.decisions.clients import clients
from mlops_stages.runtime.decisions.hours import ONE, Hour, Place
from mlops_stages.runtime.decisions.settings import Settings
from tests.runtime.decisions.given import CAPTURES, CHAMPION, DECISIONS, ENDPOINT, SETTINGS, queried, requested

REGION = "eu-west-1"


@dataclass
class Functions:
    """Two hours ago, and what is called."""

    settings: Settings

    @property
    def place(self) -> Place:
        """The hour."""
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return Place(self.settings, CHAMPION, Hour(now - 2 * ONE))

    def capture(self, name: str, content: bytes) -> None:
        """Write a capture file."""
        clients()("s3").put_object(Bucket=CAPTURES, Key=f"{self.place.captured}{name}.jsonl", Body=content)

    def run(self, **event: str) -> int:
        """Sweep, and read what is sent; how many hours."""
        sent = function.handler(event, None)["sent"]
        messages = clients()("sqs").receive_message(QueueUrl=self.settings.queue, MaxNumberOfMessages=10)
        records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in messages.get("Messages", [])]
        assert function.handler({"Records": records}, None) == {"batchItemFailures": []}
        return sent

    def kept(self, key: str) -> bytes:
        """An object of decisions."""
        return clients()("s3").get_object(Bucket=DECISIONS, Key=key)["Body"].read()


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        clients.cache_clear()
        for bucket in (CAPTURES, DECISIONS):
            clients()("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        queue = clients()("sqs").create_queue(QueueName="hours")["QueueUrl"]
        given = replace(SETTINGS, queue=queue, look_back_hours=3)
        monkeypatch.setenv(settings.VARIABLE, given.to_json())
        yield Functions(given)
        clients.cache_clear()


def test_captures_become_decisions(functions: Functions) -> None:
    dimensions = [{"Name": "EndpointName", "Value": ENDPOINT}, {"Name": "VariantName", "Value": CHAMPION}]
    invoked: dict[str, Any] = {"MetricName": "Invocations", "Dimensions": dimensions, "Value": 2}
    datum = {**invoked, "Timestamp": functions.place.hour.start}
    clients()("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])
    functions.capture("a", requested(1) + b"\njunk\n")
    assert (functions.run(), functions.run()) == (1, 0)
    functions.capture("b", requested(2) + b"\n")
    assert (functions.run(), functions.run()) == (1, 0)
    rows = queried(functions.kept(functions.place.decisions), "SELECT decision_id FROM decisions")
    assert rows == [("1-1",), ("2-1",)]
    told = json.loads(functions.kept(functions.place.manifest))
    assert (told["invocations"], told["captured_share"], told["found"]["lines"]) == (2, "150.0000", 3)
    published = clients()("cloudwatch").list_metrics(Namespace="MLOpsStages/Decisions")["Metrics"]
    assert {each["MetricName"] for each in published} == {
        "Rows", "Quarantined", "Duplicates", "FailedRequests", "CapturedShare",
    }  # fmt: skip


def test_a_sweep_looks_back_from_the_time_that_its_event_names(functions: Functions) -> None:
    functions.capture("a", requested(1) + b"\n")
    early = functions.place.hour.end + timedelta(minutes=9)
    assert functions.run(at=early.isoformat()) == 0
    assert functions.run(at=(early + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")) == 1
