"""The transform jobs of a test: the schedule's own request, with the test's rows in the place of what is given.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..aws import Client, error_code, error_message

WORKERS = 16
TRIED = "-tried"
"""What the prefix of the answers has behind it where tests put their rows and find the answers."""
_MOST_BYTES = 16 * 1024 * 1024
_RUN_ENDS = "<aws.scheduler."
_ANSWER = re.compile(r"([0-9]{6})\.out")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One of them: what it tries, its name, and the release that it is of."""

    kind: str
    name: str
    release: str


@dataclass(frozen=True)
class Tried:
    """Where the rows of tests go and their answers come: a bucket, a prefix of it, and the key of both."""

    bucket: str
    prefix: str
    key_arn: str

    def part(self, way: str, job: Job) -> str:
        """The prefix of what a job reads (`in`) or writes (`out`)."""
        return f"{self.prefix}/{way}/{job.release}/{job.kind}/"


def tried(request: Mapping[str, Any]) -> Tried:
    """The place of tests, beside the place of the answers that the schedule's runs write."""
    made = request["TransformOutput"]
    bucket, _, path = str(made["S3OutputPath"]).removeprefix("s3://").partition("/")
    return Tried(bucket, path.partition(f"/{_RUN_ENDS}")[0].rstrip("/") + TRIED, str(made["KmsKeyId"]))


def start(sagemaker: Client, s3: Client, job: Job, request: Mapping[str, Any], files: Sequence[bytes]) -> None:
    """Put the files, and start the job; nothing where it was started before."""
    place = tried(request)
    source = place.part("in", job)

    def put(numbered: tuple[int, bytes]) -> None:
        number, body = numbered
        s3.put_object(
            Bucket=place.bucket,
            Key=f"{source}{_name(number)}",
            Body=body,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=place.key_arn,
        )

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(put, enumerate(files)))
    wanted = {name: value for name, value in request.items() if name != "DataCaptureConfig"}
    given = {**request["TransformInput"], "DataSource": _all_below(f"s3://{place.bucket}/{source}")}
    made = {
        **request["TransformOutput"],
        # Without the slash, which SageMaker sets itself.
        "S3OutputPath": f"s3://{place.bucket}/{place.part('out', job)}".removesuffix("/"),
    }
    size = {**request["TransformResources"], "InstanceCount": 1}
    try:
        sagemaker.create_transform_job(
            **{
                **wanted,
                "TransformJobName": job.name,
                "TransformInput": given,
                "TransformOutput": made,
                "TransformResources": size,
            }
        )
    except sagemaker.exceptions.ClientError as error:
        if error_code(error) != "ResourceInUse" and "already exists" not in error_message(error):
            raise


def _all_below(uri: str) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}


def status(sagemaker: Client, job: Job) -> str:
    """What SageMaker says of a job: `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`."""
    return str(sagemaker.describe_transform_job(TransformJobName=job.name)["TransformJobStatus"])


def stop(sagemaker: Client, job: Job) -> None:
    """Stop a job, unless it has ended."""
    if status(sagemaker, job) == "InProgress":
        sagemaker.stop_transform_job(TransformJobName=job.name)


def answers(s3: Client, job: Job, request: Mapping[str, Any]) -> dict[int, str]:
    """The answers to a job's files, by the files' numbers; a file that was refused has none."""
    place = tried(request)
    prefix = place.part("out", job)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=prefix)
    keys = [str(each["Key"]) for page in pages for each in page.get("Contents", [])]
    found = {int(named[1]): key for key in keys if (named := _ANSWER.fullmatch(key.removeprefix(prefix)))}

    def read(key: str) -> str:
        return s3.get_object(Bucket=place.bucket, Key=key)["Body"].read(_MOST_BYTES).decode("utf-8", "replace")

    with ThreadPoolExecutor(WORKERS) as workers:
        return dict(zip(found, workers.map(read, found.values()), strict=True))


def _name(number: int) -> str:
    return f"{number:06d}"
