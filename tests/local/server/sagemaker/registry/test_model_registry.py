"""The model registry: versions of a group, in one's own account and in another's, under the group's policy."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.local.clients import REGION, Credentials, LocalAws, allow, deny, policy, refusal
from tests.local.laboratory import until

INFERENCE = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
METRICS = {
    "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/evaluation/report.json"}}
}
ORIGIN = {"commit": "abc", "evaluation": "s3://bucket/evaluation/"}


@dataclass
class Registry:
    """A model's group in the registry's account, seen by that account and by another."""

    aws: LocalAws
    owner: str
    other: str
    name: str = field(default_factory=lambda: f"group-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        """Make the group."""
        self.own = self.aws.client("sagemaker", self.owner)
        self.arn = self.own.create_model_package_group(ModelPackageGroupName=self.name)["ModelPackageGroupArn"]
        self.packages = self.arn.replace(":model-package-group/", ":model-package/") + "/*"

    def share(self, *actions: str, **more: Any) -> None:  # noqa: ANN401  # JSON-like
        """Let the other account in, by the group's policy."""
        statement = {
            **allow(*(f"sagemaker:{action}" for action in actions), on=[self.arn, self.packages], **more),
            "Principal": {"AWS": f"arn:aws:iam::{self.other}:root"},
        }
        self.own.put_model_package_group_policy(ModelPackageGroupName=self.name, ResourcePolicy=policy(statement))

    def from_elsewhere(self, *actions: str) -> Any:  # noqa: ANN401  # built at run time
        """A client of a role in the other account that may do those actions here."""
        statement = allow(*(f"sagemaker:{action}" for action in actions), on=[self.arn, self.packages])
        return self.aws.client("sagemaker", self.aws.as_role(self.other, statement))

    def within(self, *statements: Mapping[str, Any]) -> Any:  # noqa: ANN401  # built at run time
        """A client of a role in the registry's account."""
        credentials: Credentials = self.aws.as_role(self.owner, *statements)
        return self.aws.client("sagemaker", credentials)


@pytest.fixture
def registry(local_aws: LocalAws, account: str) -> Registry:
    return Registry(local_aws, account, str(int(account) + 1))


def package(group: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
    return {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": INFERENCE,
        "ModelMetrics": METRICS,
        "CustomerMetadataProperties": ORIGIN,
        **more,
    }


def test_versions_count_up_and_keep_what_they_were_told(registry: Registry) -> None:
    arns = [registry.own.create_model_package(**package(registry.name))["ModelPackageArn"] for _ in range(2)]
    assert arns == [registry.packages.replace("*", version) for version in ("1", "2")]
    found = registry.own.describe_model_package(ModelPackageName=arns[1])
    assert (found["ModelPackageGroupName"], found["ModelPackageVersion"]) == (registry.name, 2)
    assert (found["ModelMetrics"], found["CustomerMetadataProperties"]) == (METRICS, ORIGIN)
    assert (found["ModelApprovalStatus"], found["ModelPackageStatus"]) == ("PendingManualApproval", "Completed")
    assert found["CreatedBy"]["IamIdentity"]["Arn"].endswith(":root")
    registry.own.delete_model_package(ModelPackageName=arns[1])
    assert registry.own.create_model_package(**package(registry.name))["ModelPackageArn"].endswith("/3")


def test_packages_are_listed_by_group_and_approval(registry: Registry) -> None:
    arns = [registry.own.create_model_package(**package(registry.name))["ModelPackageArn"] for _ in range(2)]
    registry.own.create_model_package(ModelPackageName="alone", InferenceSpecification=INFERENCE)
    registry.own.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")

    def listed(**more: Any) -> list[str]:  # noqa: ANN401  # as boto3 has it
        found = registry.own.list_model_packages(**more)["ModelPackageSummaryList"]
        return [item["ModelPackageArn"].rpartition(":model-package/")[2] for item in found]

    assert listed(ModelPackageGroupName=registry.name) == [f"{registry.name}/2", f"{registry.name}/1"]
    assert listed(ModelPackageGroupName=registry.name, ModelApprovalStatus="Approved") == [f"{registry.name}/1"]
    assert listed() == ["alone"]
    assert sorted(listed(ModelPackageType="Both")) == ["alone", f"{registry.name}/1", f"{registry.name}/2"]


def test_an_approval_is_kept_with_who_gave_it(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    approver = registry.within(allow("sagemaker:UpdateModelPackage", on=registry.packages))
    approver.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks right",
        CustomerMetadataProperties={"ticket": "7"},
    )
    found = registry.own.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "looks right")
    assert found["CustomerMetadataProperties"] == {**ORIGIN, "ticket": "7"}
    assert ":assumed-role/" in found["LastModifiedBy"]["IamIdentity"]["Arn"]
    registry.own.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["ticket"])
    assert registry.own.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == ORIGIN


def test_a_group_with_packages_is_not_deleted(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    delete = registry.own.delete_model_package_group
    refusal(lambda: delete(ModelPackageGroupName=registry.name), code="ConflictException")
    registry.own.delete_model_package(ModelPackageName=arn)
    delete(ModelPackageGroupName=registry.name)
    describe = registry.own.describe_model_package_group
    refusal(lambda: describe(ModelPackageGroupName=registry.name), code="ValidationException")


def test_another_account_registers_where_both_policies_allow(registry: Registry) -> None:
    client = registry.from_elsewhere("CreateModelPackage", "DescribeModelPackage")
    refusal(lambda: client.create_model_package(**package(registry.arn)))
    registry.share("CreateModelPackage", "DescribeModelPackage")
    arn = client.create_model_package(**package(registry.arn))["ModelPackageArn"]
    assert arn == registry.packages.replace("*", "1")
    found = client.describe_model_package(ModelPackageName=arn)
    assert f"::{registry.other}:assumed-role/" in found["CreatedBy"]["IamIdentity"]["Arn"]
    assert registry.own.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == ORIGIN
    nothing = registry.from_elsewhere("ListModelPackages")
    refusal(lambda: nothing.create_model_package(**package(registry.arn)))
    assert registry.aws.client("sagemaker", registry.other).list_model_packages()["ModelPackageSummaryList"] == []


def test_whoever_may_register_may_not_approve(registry: Registry) -> None:
    registry.share("CreateModelPackage")
    client = registry.from_elsewhere("CreateModelPackage", "UpdateModelPackage")
    arn = client.create_model_package(**package(registry.arn))["ModelPackageArn"]
    message = refusal(lambda: client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved"))
    assert f"sagemaker:UpdateModelPackage on resource: {arn}" in message


def test_another_account_reads_what_is_shared(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    read = ("DescribeModelPackage", "DescribeModelPackageGroup", "ListModelPackages")
    registry.share(*read)
    client = registry.from_elsewhere(*read)
    assert client.describe_model_package(ModelPackageName=arn)["ModelPackageVersion"] == 1
    assert client.describe_model_package_group(ModelPackageGroupName=registry.arn)["ModelPackageGroupArn"]
    listed = client.list_model_packages(ModelPackageGroupName=registry.arn)["ModelPackageSummaryList"]
    assert [item["ModelPackageArn"] for item in listed] == [arn]
    refusal(lambda: client.create_model_package(**package(registry.arn)))


def test_the_root_of_a_stranger_account_is_refused(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    registry.share("DescribeModelPackage", "CreateModelPackage")
    stranger = registry.aws.client("sagemaker", str(int(registry.owner) + 2))
    refusal(lambda: stranger.describe_model_package(ModelPackageName=arn))
    refusal(lambda: stranger.create_model_package(**package(registry.arn)))
    neighbour = registry.aws.client("sagemaker", registry.other)
    assert neighbour.describe_model_package(ModelPackageName=arn)["ModelPackageArn"] == arn


def test_a_deny_of_the_groups_policy_binds_its_own_account_and_its_root(registry: Registry) -> None:
    refuse = {
        **deny("sagemaker:CreateModelPackage", on=[registry.arn, registry.packages]),
        "Principal": {"AWS": f"arn:aws:iam::{registry.owner}:root"},
        "Condition": {"Null": {"sagemaker:CustomerMetadataProperties/commit": "true"}},
    }
    registry.own.put_model_package_group_policy(ModelPackageGroupName=registry.name, ResourcePolicy=policy(refuse))
    without = package(registry.name, CustomerMetadataProperties={"evaluation": "x"})
    for client in (registry.own, registry.within(allow("sagemaker:*"))):
        refusal(lambda client=client: client.create_model_package(**without))
        client.create_model_package(**package(registry.name))


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        (
            {"Null": {"sagemaker:CustomerMetadataProperties/commit": "false"}},
            {"CustomerMetadataProperties": {"a": "b"}},
        ),
        (
            {"StringEquals": {"sagemaker:CustomerMetadataProperties/commit": "abc"}},
            {"CustomerMetadataProperties": {"commit": "x"}},
        ),
        (
            {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}},
            {"ModelApprovalStatus": "Approved"},
        ),
        (
            {"StringEquals": {"sagemaker:ModelLifeCycle:Stage": "Development"}},
            {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Ready"}},
        ),
    ],
)
def test_a_condition_on_what_is_registered_counts(
    registry: Registry, condition: dict[str, Any], refused: dict[str, Any]
) -> None:
    client = registry.within(allow("sagemaker:CreateModelPackage", when=condition))
    stage = {"ModelLifeCycle": {"Stage": "Development", "StageStatus": "Ready"}}
    client.create_model_package(**package(registry.name, **stage))
    refusal(lambda: client.create_model_package(**package(registry.name, **{**stage, **refused})))


def test_a_condition_on_what_a_package_is_counts(registry: Registry) -> None:
    good = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    bad = package(registry.name, CustomerMetadataProperties={"commit": "x"})
    other = registry.own.create_model_package(**bad)["ModelPackageArn"]
    current = {"StringEquals": {"sagemaker:CurrentCustomerMetadataProperties/commit": "abc"}}
    client = registry.within(allow("sagemaker:UpdateModelPackage", when=current))
    client.update_model_package(ModelPackageArn=good, ModelApprovalStatus="Approved")
    refusal(lambda: client.update_model_package(ModelPackageArn=other, ModelApprovalStatus="Approved"))


def test_what_was_registered_can_be_kept_from_being_removed(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    removal = {"ForAnyValue:StringEquals": {"sagemaker:CustomerMetadataPropertiesToRemove": ["commit"]}}
    client = registry.within(allow("sagemaker:*"), deny("sagemaker:UpdateModelPackage", when=removal))
    client.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["evaluation"])
    refusal(lambda: client.update_model_package(ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["commit"]))


def test_a_groups_policy_is_kept_changed_and_taken_away(registry: Registry) -> None:
    get, named = registry.own.get_model_package_group_policy, {"ModelPackageGroupName": registry.name}
    refusal(lambda: get(**named), code="ValidationException")
    registry.share("DescribeModelPackage")
    kept = json.loads(get(**named)["ResourcePolicy"])
    assert kept["Statement"][0]["Action"] == ["sagemaker:DescribeModelPackage"]
    registry.own.delete_model_package_group_policy(**named)
    refusal(lambda: get(**named), code="ValidationException")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*"}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*", "Resource": "*"}]}',
    ],
)
def test_what_is_no_policy_of_the_group_is_refused(registry: Registry, text: str) -> None:
    put = registry.own.put_model_package_group_policy
    refusal(lambda: put(ModelPackageGroupName=registry.name, ResourcePolicy=text), code="ValidationException")


def test_several_packages_are_described_at_once(registry: Registry) -> None:
    arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    missing = arn.replace("/1", "/9")
    found = registry.own.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    assert found["ModelPackageSummaries"][arn]["ModelPackageVersion"] == 1
    assert missing in found["BatchDescribeModelPackageErrorMap"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"ModelPackageName": "both"}, "Exactly one of"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "tag the group"),
        ({"CertifyForMarketplace": True}, "does not do: CertifyForMarketplace"),
        ({"ModelPackageGroupName": "nobody"}, "does not exist"),
        ({"ModelPackageGroupName": f"arn:aws:sagemaker:us-east-1:{'1' * 12}:model-package-group/g"}, "us-east-1"),
    ],
)
def test_a_package_that_makes_no_sense_is_refused(registry: Registry, more: dict[str, Any], reason: str) -> None:
    given = package(registry.name, **more)
    code = "AccessDenied" if reason == "us-east-1" else "ValidationException"
    assert reason in refusal(lambda: registry.own.create_model_package(**given), code=code)


def test_one_token_registers_one_version(registry: Registry) -> None:
    arns = {
        registry.own.create_model_package(**package(registry.name), ClientToken="once")["ModelPackageArn"]
        for _ in range(3)
    }
    assert len(arns) == 1


def test_an_approval_is_an_event_in_the_registrys_account(registry: Registry) -> None:
    events, sqs = registry.aws.client("events", registry.owner), registry.aws.client("sqs", registry.owner)
    queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    deliver = {**allow("sqs:SendMessage", on=arn), "Principal": {"Service": "events.amazonaws.com"}}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(deliver)})
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name="approvals", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="approvals", Targets=[{"Id": "queue", "Arn": arn}])
    package_arn = registry.own.create_model_package(**package(registry.name))["ModelPackageArn"]
    registry.own.update_model_package(ModelPackageArn=package_arn, ModelApprovalStatus="Approved")
    event = json.loads(until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]["Body"])
    assert (event["account"], event["region"]) == (registry.owner, REGION)
    assert event["detail"]["ModelPackageArn"] == package_arn
    assert event["detail"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]
