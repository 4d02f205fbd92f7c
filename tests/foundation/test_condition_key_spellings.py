"""One job, as the local AWS derives its condition keys: allowed of a person and refused, in either spelling."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages import condition_keys
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.sagemaker import requests as sagemaker_requests
from mlops_stages.platform import Persona
from tests.foundation import judge
from tests.foundation.built import ACCOUNT, NETWORK, REGION, Json
from tests.foundation.personas import caller

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/studio"
THEIRS = KEY.replace(ACCOUNT, "999999999999")


def job(volume_key: str | None, output_key: str | None) -> Operation:
    """A request to train, as boto3 sends it."""
    resources: dict[str, Any] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    output: dict[str, Any] = {"S3OutputPath": "s3://bucket/out"}
    if volume_key is not None:
        resources["VolumeKmsKeyId"] = volume_key
    if output_key is not None:
        output["KmsKeyId"] = output_key
    parameters = {
        "TrainingJobName": "fraud-churn",
        "ResourceConfig": resources,
        "OutputDataConfig": output,
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {
            "Subnets": list(NETWORK.subnet_ids),
            "SecurityGroupIds": [NETWORK.workload_security_group_id],
        },
    }
    return Operation("sagemaker", "CreateTrainingJob", parameters)


@pytest.mark.usefixtures("either_spelling")
@pytest.mark.parametrize(
    ("volume_key", "output_key", "allowed"),
    [
        (KEY, KEY, True),
        (THEIRS, KEY, False),
        (KEY, THEIRS, False),
        (None, KEY, False),
        (KEY, None, False),
    ],
)
def test_a_job_needs_keys_of_ours_whichever_spelling_is_supplied(
    people: dict[str, Json],
    monkeypatch: pytest.MonkeyPatch,
    volume_key: str | None,
    output_key: str | None,
    allowed: bool,
) -> None:
    monkeypatch.setenv(condition_keys.VARIABLE, judge.spelling)
    asked = job(volume_key, output_key)
    tags: dict[str, Any] = {"aws:RequestTag/team": "fraud", "aws:TagKeys": ["team"]}
    keys = tags | sagemaker_requests.condition_keys(asked, "aws", REGION, ACCOUNT)
    wrong = "sagemaker:VolumeKmsKeyArn" if judge.spelling == "older" else "sagemaker:VolumeKmsKey"
    assert wrong not in keys
    (resource,) = sagemaker_requests.resources(asked, "aws", REGION, ACCOUNT)
    ann = caller(people, Persona.DATA_SCIENTIST)
    assert ann.may("sagemaker:CreateTrainingJob", resource, **keys) == allowed
