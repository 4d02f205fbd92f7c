"""A batch version is tested by transform jobs that truly run: a container scores and refuses the rows of the test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlops_stages.runtime.promotion.request import handle
from mlops_stages.runtime.promotion.settings import Environment
from tests.local.clients import allow
from tests.local.hosting import Hosting, server
from tests.local.laboratory import until
from tests.runtime.promotion.given import BATCH_SETTINGS, FIELDS, GROUP, World
from tests.runtime.promotion.machine import do, release

Json = dict[str, Any]

CONTAINER = """
import json
FIELDS = json.loads({fields!r})
def number(value): return float(value) if isinstance(value, (int, float)) else 0.0
def wrong(field, row):
    value = row.get(field['name'], ...)
    if value is ...: return True
    if value is None: return field.get('missing') != 'accept'
    if field['type'] == 'category':
        return not isinstance(value, str) or (field.get('unseen') != 'accept' and value not in field['seen'])
    if not isinstance(value, (int, float)) or value < field['minimum'] or value > field.get('maximum', value):
        return True
    return field['type'] == 'integer' and value % 1 != 0
def score(row):
    return round(number(row['hour']) / 100 + number(row['wind']) / 1000 + len(str(row['carrier'])) / 50, 6)
def answered(body):
    rows = [json.loads(line) for line in body.splitlines()]
    known = set(each['name'] for each in FIELDS) | set(['decision_id'])
    faults = [name for row in rows for name in row if name not in known]
    faults += [f['name'] for row in rows for f in FIELDS if f['name'] != {tolerated!r} and wrong(f, row)]
    if faults:
        return 400, json.dumps(faults).encode(), 'application/json'
    lines = [json.dumps(dict(decision_id=str(row.get('decision_id', 1)), score=score(row), model_package={package!r}))
             for row in rows]
    return 200, '\\n'.join(lines).encode() + b'\\n', 'application/jsonlines'
"""


@dataclass
class Staging(World):
    """Staging is the local AWS's; all else is in memory."""

    hosting: Hosting = field(kw_only=True)

    def client(self, service: str, environment: Environment | None = None) -> Any:  # noqa: ANN401
        if environment is None or service == "cloudformation":
            return super().client(service, environment)
        return self.hosting.aws.client(service, self.hosting.account)

    def scores_by(self, program: str) -> None:
        """The schedule of the model, as a release leaves it; no run is due before a year is over."""
        hosting, name = self.hosting, BATCH_SETTINGS.staging.schedule
        key = hosting.aws.client("kms", hosting.account).create_key()["KeyMetadata"]["Arn"]
        request = {
            "TransformJobName": f"{GROUP}-<aws.scheduler.execution-id>",
            "ModelName": hosting.model(program),
            "BatchStrategy": "MultiRecord",
            "MaxPayloadInMB": 6,
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{hosting.bucket}/today/"}},
                "ContentType": "application/jsonlines",
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": f"s3://{hosting.bucket}/made/<aws.scheduler.scheduled-time>",
                "Accept": "application/jsonlines",
                "AssembleWith": "Line",
                "KmsKeyId": key,
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
            "DataCaptureConfig": {"DestinationS3Uri": f"s3://{hosting.bucket}/capture", "GenerateInferenceId": True},
            "Tags": [{"Key": "team", "Value": "arrivals"}],
        }
        trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = hosting.aws.role(hosting.account, allow("*"), trust=trust)
        scheduler = hosting.aws.client("scheduler", hosting.account)
        scheduler.create_schedule_group(Name=name)
        scheduler.create_schedule(
            Name=name,
            GroupName=name,
            ScheduleExpression="cron(0 5 1 1 ? 2199)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob",
                "RoleArn": role,
                "Input": json.dumps(request),
            },
        )

    def tested(self) -> Json:
        """The result of the test of version 1."""
        of = release("promote", 1)
        self.version(1)
        handle(self.promotion, self.approve(1))
        do(self, "check", of)
        assert do(self, "test", of, at=self.promotion.at()) == {"status": "running"}
        self.hosting.wait()
        until(lambda: do(self, "test", of, at=self.promotion.at())["status"] == "done")
        (attempt,) = (held.content for _, held in self.items.find("attempt#"))
        return attempt["result"]


@pytest.fixture
def staging(hosting: Hosting) -> Staging:
    return Staging(settings=BATCH_SETTINGS, hosting=hosting)


def container(tolerated: str = "") -> str:
    said = CONTAINER.format(fields=json.dumps(FIELDS), tolerated=tolerated, package=BATCH_SETTINGS.package_arn(1))
    return said + server("self.send(*answered(body))")


def test_a_version_that_scores_and_refuses_as_it_must_passes(staging: Staging) -> None:
    staging.scores_by(container())
    result = staging.tested()
    assert result["findings"] == []
    assert result["passed"] is True
    assert (result["golden"]["asked"], result["golden"]["wrong"]) == (9, 0)
    assert result["inputs"]["asked"] > 20
    hosting = staging.hosting
    listed = hosting.sagemaker.list_transform_jobs(NameContains=f"{GROUP}-S-try-1-1")["TransformJobSummaries"]
    ends = {each["TransformJobName"].rpartition("-")[2]: each["TransformJobStatus"] for each in listed}
    assert ends == {"gold": "Completed", "edge": "Failed"}  # a wrong input was refused, as it must be
    keys = [each["Key"] for each in hosting.s3.list_objects_v2(Bucket=hosting.bucket)["Contents"]]
    assert {key.split("/")[0] for key in keys} == {"models", "made-tried"}


def test_a_version_that_scores_a_wrong_input_does_not(staging: Staging) -> None:
    staging.scores_by(container(tolerated="origin"))
    result = staging.tested()
    assert result["passed"] is False
    assert {each.partition(": ")[0] for each in result["findings"]} == {"PRM-051 origin"}
