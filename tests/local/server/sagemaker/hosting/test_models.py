"""Models: made from images or packages, refused where what they are made of is not there or not theirs."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, policy, refusal
from tests.local.hosting import SERVING_IMAGE, Hosting
from tests.local.laboratory import TRUST

OTHER = "999999999999"
Json = dict[str, Any]


def package(aws: LocalAws, account: str, *, group: str | None = None, containers: int = 1, **more: Any) -> str:  # noqa: ANN401  # JSON-like
    """A version of a group; its ARN."""
    sagemaker, name = aws.client("sagemaker", account), group or f"group-{secrets.token_hex(4)}"
    if group is None:
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    container = {"Image": SERVING_IMAGE, "ModelDataUrl": "s3://models/model.tar.gz", "Environment": {"A": "1"}}
    content = {"Containers": [container] * containers, "SupportedContentTypes": ["text/csv"]}
    content["SupportedResponseMIMETypes"] = ["text/csv"]
    given = {"InferenceSpecification": content, **more}
    return str(sagemaker.create_model_package(ModelPackageGroupName=name, **given)["ModelPackageArn"])


def share(aws: LocalAws, arn: str, account: str) -> None:
    """Let an account make models of a package's group."""
    group = arn.rpartition("/")[0].rpartition("/")[2]
    statement = {
        "Sid": "Serve",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": ["sagemaker:CreateModel"],
        "Resource": f"{arn.rpartition('/')[0]}/*",
    }
    owner = aws.client("sagemaker", arn.split(":")[4])
    owner.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy(statement))


@pytest.fixture
def role(local_aws: LocalAws, account: str) -> str:
    return local_aws.role(account, trust=TRUST)


def test_a_model_is_described_as_it_was_made(local_aws: LocalAws, account: str, role: str) -> None:
    sagemaker = local_aws.client("sagemaker", account)
    network = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    container = {"Image": SERVING_IMAGE, "ModelDataUrl": "s3://models/model.tar.gz", "Environment": {"A": "1"}}
    made = sagemaker.create_model(
        ModelName="fraud-v1",
        PrimaryContainer=container,
        ExecutionRoleArn=role,
        VpcConfig=network,
        EnableNetworkIsolation=True,
        Tags=[{"Key": "team", "Value": "fraud"}],
    )
    assert made["ModelArn"] == f"arn:aws:sagemaker:eu-west-1:{account}:model/fraud-v1"
    found = sagemaker.describe_model(ModelName="fraud-v1")
    assert found["PrimaryContainer"] == {**container, "Mode": "SingleModel"}
    assert (found["VpcConfig"], found["EnableNetworkIsolation"]) == (network, True)
    assert sagemaker.list_tags(ResourceArn=made["ModelArn"])["Tags"] == [{"Key": "team", "Value": "fraud"}]
    assert [each["ModelName"] for each in sagemaker.list_models(NameContains="fraud")["Models"]] == ["fraud-v1"]
    sagemaker.delete_model(ModelName="fraud-v1")
    said = refusal(lambda: sagemaker.describe_model(ModelName="fraud-v1"), code="ValidationException")
    assert said == f'Could not find model "{made["ModelArn"]}".'


def test_a_model_of_a_package_takes_its_own_variables_too(local_aws: LocalAws, account: str, role: str) -> None:
    arn, sagemaker = package(local_aws, account), local_aws.client("sagemaker", account)
    container = {"ModelPackageName": arn, "Environment": {"MODEL_PACKAGE_ARN": arn}}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=role)
    found = sagemaker.describe_model(ModelName="m")["PrimaryContainer"]
    assert (found["ModelPackageName"], found["Environment"]) == (arn, {"MODEL_PACKAGE_ARN": arn})


def test_a_package_of_another_account_is_served_only_where_its_group_says_so(local_aws: LocalAws, account: str) -> None:
    arn = package(local_aws, OTHER)
    given = {"PrimaryContainer": {"ModelPackageName": arn}, "ExecutionRoleArn": local_aws.role(account, trust=TRUST)}
    who = local_aws.as_role(account, allow("sagemaker:CreateModel"), allow("iam:PassRole"))
    for sagemaker in (local_aws.client("sagemaker", who), local_aws.client("sagemaker", account)):
        assert arn in refusal(lambda s=sagemaker: s.create_model(ModelName="m", **given))
    share(local_aws, arn, account)
    local_aws.client("sagemaker", who).create_model(ModelName="m", **given)


def test_who_may_make_a_model_must_be_allowed_its_package_as_well(local_aws: LocalAws, account: str) -> None:
    arn, made = package(local_aws, account), f"arn:aws:sagemaker:eu-west-1:{account}:model/*"
    given = {"PrimaryContainer": {"ModelPackageName": arn}, "ExecutionRoleArn": local_aws.role(account, trust=TRUST)}
    who = local_aws.as_role(account, allow("sagemaker:CreateModel", on=made), allow("iam:PassRole"))
    assert arn in refusal(lambda: local_aws.client("sagemaker", who).create_model(ModelName="m", **given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Either PrimaryContainer or Containers must be given"),
        ({"PrimaryContainer": {"Mode": "SingleModel"}}, "Image or ModelPackageName must be given"),
        ({"PrimaryContainer": {"Image": "i"}, "Containers": [{"Image": "i"}]}, "and not both"),
        (
            {"PrimaryContainer": {"Image": "i", "ModelPackageName": "p"}},
            "Image cannot be given with a ModelPackageName",
        ),
        ({"Containers": [{"Image": "i"}, {"Image": "j"}]}, "does not run: several Containers"),
        ({"PrimaryContainer": {"Image": "i", "Mode": "MultiModel"}}, "does not run: Mode MultiModel"),
        ({"PrimaryContainer": {"ModelPackageName": "nobodys"}}, "model-package/nobodys does not exist"),
        ({"PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": "arn:aws:iam::999999999999:role/x"}, "Cross-account"),
        ({"PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": None}, "ExecutionRoleArn must be given"),
    ],
)
def test_what_sagemaker_refuses_in_a_model_is_refused(
    local_aws: LocalAws, account: str, given: Json, said: str
) -> None:
    request = {"ExecutionRoleArn": f"arn:aws:iam::{account}:role/x", **given}
    request = {name: value for name, value in request.items() if value is not None}
    sagemaker = local_aws.client("sagemaker", account)
    message = refusal(lambda: sagemaker.create_model(ModelName="m", **request), code="ValidationException")
    assert said in message, json.dumps(message)


def test_a_name_is_taken_once(hosting: Hosting) -> None:
    given = {"PrimaryContainer": {"Image": SERVING_IMAGE}, "ExecutionRoleArn": hosting.role}
    hosting.sagemaker.create_model(ModelName="m", **given)
    said = refusal(lambda: hosting.sagemaker.create_model(ModelName="m", **given), code="ValidationException")
    assert said.startswith("Cannot create already existing model")


def test_tags_are_asked_of_the_model_that_is_made_and_not_of_its_package(local_aws: LocalAws, account: str) -> None:
    arn, made = package(local_aws, account), f"arn:aws:sagemaker:eu-west-1:{account}:model/*"
    tags = {"Tags": [{"Key": "team", "Value": "fraud"}]}
    given = {"PrimaryContainer": {"ModelPackageName": arn}, "ExecutionRoleArn": local_aws.role(account, trust=TRUST)}
    may = (allow("sagemaker:CreateModel"), allow("iam:PassRole"))
    untagged = local_aws.client("sagemaker", local_aws.as_role(account, *may))
    assert "sagemaker:AddTags" in refusal(lambda: untagged.create_model(ModelName="m", **given, **tags))
    who = local_aws.as_role(account, *may, allow("sagemaker:AddTags", on=made))
    local_aws.client("sagemaker", who).create_model(ModelName="m", **given, **tags)
