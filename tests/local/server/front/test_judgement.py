"""Calls of forwarded and own services are judged by IAM before they are answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.local.clients import REGION, LocalAws, allow, deny, policy, refusal
from tests.local.signed_requests import send, signed

KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
SUBNETS = ["subnet-11111111", "subnet-22222222"]


def training_job(role_arn: str, name: str = "job", more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": role_arn,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out", "KmsKeyId": KEY},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
            "VolumeKmsKeyId": KEY,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **(more or {}),
    }


SAGEMAKER = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}

VPC = {"VpcConfig": {"SecurityGroupIds": ["sg-11111111"], "Subnets": SUBNETS}}


@pytest.fixture
def passed(local_aws: LocalAws, account: str) -> str:
    """A role for jobs to run with."""
    return local_aws.role(account, allow("s3:GetObject"), trust=SAGEMAKER)


def test_a_role_without_permission_is_refused_a_training_job(local_aws: LocalAws, account: str, passed: str) -> None:
    sagemaker = local_aws.client("sagemaker", local_aws.as_role(account, allow("sagemaker:List*")))
    sagemaker.list_training_jobs()
    message = refusal(lambda: sagemaker.create_training_job(**training_job(passed)))
    assert f"sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:{REGION}:{account}:training-job/job" in message


def test_permission_on_some_names_is_refused_on_others(local_aws: LocalAws, account: str, passed: str) -> None:
    prefix = f"arn:aws:sagemaker:{REGION}:{account}:training-job/"
    credentials = local_aws.as_role(
        account, allow("sagemaker:*TrainingJob", on=f"{prefix}fraud-*"), allow("iam:PassRole", on=passed)
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    assert sagemaker.create_training_job(**training_job(passed, "fraud-1"))["TrainingJobArn"] == f"{prefix}fraud-1"
    assert sagemaker.describe_training_job(TrainingJobName="fraud-1")["TrainingJobName"] == "fraud-1"
    refusal(lambda: sagemaker.create_training_job(**training_job(passed, "credit-1")))


def test_a_job_without_the_vpc_that_the_policy_demands_is_refused(
    local_aws: LocalAws, account: str, passed: str
) -> None:
    credentials = local_aws.as_role(
        account,
        allow("sagemaker:CreateTrainingJob"),
        allow("iam:PassRole"),
        deny("sagemaker:CreateTrainingJob", when={"Null": {"sagemaker:VpcSubnets": "true"}}),
        deny("sagemaker:CreateTrainingJob", when={"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": SUBNETS}}),
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    assert "explicit deny" in refusal(lambda: sagemaker.create_training_job(**training_job(passed, "open")))
    elsewhere = {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": [SUBNETS[0], "subnet-33333333"]}}
    refusal(lambda: sagemaker.create_training_job(**training_job(passed, "elsewhere", elsewhere)))
    sagemaker.create_training_job(**training_job(passed, "inside", VPC))


@pytest.mark.parametrize(
    ("condition", "without"),
    [
        ({"ArnEquals": {"sagemaker:VolumeKmsKeyArn": KEY}}, "VolumeKmsKeyId"),
        ({"ArnEquals": {"sagemaker:OutputKmsKeyArn": KEY}}, "KmsKeyId"),
        ({"Bool": {"sagemaker:NetworkIsolation": "true"}}, "EnableNetworkIsolation"),
        ({"Bool": {"sagemaker:InterContainerTrafficEncryption": "true"}}, "EnableInterContainerTrafficEncryption"),
        ({"ForAnyValue:StringEquals": {"sagemaker:VpcSecurityGroupIds": ["sg-11111111"]}}, "VpcConfig"),
    ],
)
def test_a_condition_key_of_sagemaker_holds_what_the_request_says(
    local_aws: LocalAws, account: str, passed: str, condition: dict[str, Any], without: str
) -> None:
    credentials = local_aws.as_role(
        account, allow("sagemaker:CreateTrainingJob", when=condition), allow("iam:PassRole")
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    isolated = {"EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True, **VPC}
    job = training_job(passed, more=isolated)
    sagemaker.create_training_job(**job)
    job["TrainingJobName"] = "without"
    for holder in (job, job["ResourceConfig"], job["OutputDataConfig"]):
        holder.pop(without, None)
    refusal(lambda: sagemaker.create_training_job(**job))


def test_an_instance_type_that_the_policy_does_not_list_is_refused(
    local_aws: LocalAws, account: str, passed: str
) -> None:
    listed = {"ForAllValues:StringEquals": {"sagemaker:InstanceTypes": ["ml.m5.large"]}}
    credentials = local_aws.as_role(account, allow("sagemaker:CreateTrainingJob", when=listed), allow("iam:PassRole"))
    sagemaker = local_aws.client("sagemaker", credentials)
    job = training_job(passed)
    sagemaker.create_training_job(**job)
    job["ResourceConfig"]["InstanceType"] = "ml.p4d.24xlarge"
    refusal(lambda: sagemaker.create_training_job(**job))


def test_a_notebook_with_internet_or_root_is_refused_where_the_policy_demands_neither(
    local_aws: LocalAws, account: str, passed: str
) -> None:
    demanded = {
        "StringEquals": {"sagemaker:DirectInternetAccess": "Disabled", "sagemaker:RootAccess": "Disabled"},
        "Null": {"sagemaker:VpcSubnets": "false"},
    }
    credentials = local_aws.as_role(
        account, allow("sagemaker:CreateNotebookInstance", when=demanded), allow("iam:PassRole")
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    notebook = {
        "NotebookInstanceName": "notebook",
        "InstanceType": "ml.t3.medium",
        "RoleArn": passed,
        "SubnetId": SUBNETS[0],
        "DirectInternetAccess": "Disabled",
        "RootAccess": "Disabled",
    }
    refusal(lambda: sagemaker.create_notebook_instance(**{**notebook, "RootAccess": "Enabled"}))
    refusal(lambda: sagemaker.create_notebook_instance(**{**notebook, "DirectInternetAccess": "Enabled"}))
    sagemaker.create_notebook_instance(**notebook)


def test_a_role_must_be_allowed_to_pass_the_role_of_a_job(local_aws: LocalAws, account: str, passed: str) -> None:
    other = local_aws.role(account, allow("*"), trust=SAGEMAKER)
    to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    credentials = local_aws.as_role(
        account, allow("sagemaker:CreateTrainingJob"), allow("iam:PassRole", on=passed, when=to_sagemaker)
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    sagemaker.create_training_job(**training_job(passed))
    assert "iam:PassRole" in refusal(lambda: sagemaker.create_training_job(**training_job(other, "other")))


def test_a_role_must_be_allowed_to_pass_a_functions_role(local_aws: LocalAws, account: str, passed: str) -> None:
    credentials = local_aws.as_role(account, allow("lambda:*"))
    function = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Handler": "i.h",
        "Role": passed,
        "Code": {"ZipFile": b""},
    }
    assert "iam:PassRole" in refusal(lambda: local_aws.client("lambda", credentials).create_function(**function))


def test_tags_of_the_request_and_of_the_resource_are_seen(local_aws: LocalAws, account: str, passed: str) -> None:
    mine = {"StringEquals": {"aws:RequestTag/team": "fraud"}}
    credentials = local_aws.as_role(
        account,
        allow("sagemaker:CreateTrainingJob", "sagemaker:AddTags", when=mine),
        allow("sagemaker:DescribeTrainingJob", when={"StringEquals": {"sagemaker:ResourceTag/team": "fraud"}}),
        allow("iam:PassRole"),
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    root = local_aws.client("sagemaker", account)
    fraud, credit = [{"Key": "team", "Value": "fraud"}], [{"Key": "team", "Value": "credit"}]
    sagemaker.create_training_job(**training_job(passed, "mine", {"Tags": fraud}))
    refusal(lambda: sagemaker.create_training_job(**training_job(passed, "untagged")))
    refusal(lambda: sagemaker.create_training_job(**training_job(passed, "theirs", {"Tags": credit})))
    root.create_training_job(**training_job(passed, "theirs", {"Tags": credit}))
    sagemaker.describe_training_job(TrainingJobName="mine")
    refusal(lambda: sagemaker.describe_training_job(TrainingJobName="theirs"))


def test_creating_with_tags_needs_the_permission_to_add_tags(local_aws: LocalAws, account: str, passed: str) -> None:
    credentials = local_aws.as_role(account, allow("sagemaker:CreateTrainingJob"), allow("iam:PassRole"))
    sagemaker = local_aws.client("sagemaker", credentials)
    tagged = training_job(passed, more={"Tags": [{"Key": "team", "Value": "fraud"}]})
    assert "sagemaker:AddTags" in refusal(lambda: sagemaker.create_training_job(**tagged))


def test_a_user_profile_is_a_resource_of_its_domain(local_aws: LocalAws, account: str, passed: str) -> None:
    root = local_aws.client("sagemaker", account)
    domain = root.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        VpcId="vpc-11111111",
        SubnetIds=SUBNETS,
        AppNetworkAccessType="VpcOnly",
        DefaultUserSettings={"ExecutionRole": passed, "SecurityGroups": ["sg-11111111"]},
    )["DomainArn"].partition("/")[2]
    for name in ("ann", "bob"):
        root.create_user_profile(DomainId=domain, UserProfileName=name)
    own = f"arn:aws:sagemaker:{REGION}:{account}:user-profile/{domain}/ann"
    credentials = local_aws.as_role(
        account, allow("sagemaker:DescribeUserProfile", "sagemaker:CreatePresignedDomainUrl", on=own)
    )
    sagemaker = local_aws.client("sagemaker", credentials)
    assert sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ann")["UserProfileArn"] == own
    refusal(lambda: sagemaker.describe_user_profile(DomainId=domain, UserProfileName="bob"))
    refusal(lambda: sagemaker.create_presigned_domain_url(DomainId=domain, UserProfileName="bob"))


def test_a_space_is_run_only_by_its_owner(local_aws: LocalAws, account: str, passed: str) -> None:
    root = local_aws.client("sagemaker", account)
    settings = {"ExecutionRole": passed, "SecurityGroups": ["sg-11111111"]}
    network = {"VpcId": "vpc-11111111", "SubnetIds": SUBNETS, "AppNetworkAccessType": "VpcOnly"}
    made = root.create_domain(DomainName="studio", AuthMode="IAM", DefaultUserSettings=settings, **network)
    domain = made["DomainArn"].partition("/")[2]
    for name in ("ann", "bob"):
        root.create_user_profile(DomainId=domain, UserProfileName=name)
        root.create_space(DomainId=domain, SpaceName=f"{name}-space", **private(name))
    own = f"arn:aws:sagemaker:{REGION}:{account}:user-profile/*/ann"
    when = {
        "ArnLike": {"sagemaker:OwnerUserProfileArn": own},
        "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
    }
    credentials = local_aws.as_role(account, allow("sagemaker:CreateApp", "sagemaker:CreateSpace", when=when))
    sagemaker = local_aws.client("sagemaker", credentials)
    sagemaker.create_space(DomainId=domain, SpaceName="ann-other", **private("ann"))
    refusal(lambda: sagemaker.create_space(DomainId=domain, SpaceName="x", **private("bob")))
    shared = {**private("ann"), "SpaceSharingSettings": {"SharingType": "Shared"}}
    refusal(lambda: sagemaker.create_space(DomainId=domain, SpaceName="x", **shared))
    app = {"DomainId": domain, "AppType": "JupyterLab", "AppName": "default"}
    assert "CreateApp" in refusal(lambda: sagemaker.create_app(SpaceName="bob-space", **app))
    assert "CreateApp" in refusal(lambda: sagemaker.create_app(SpaceName="no-space", **app))
    sagemaker.create_app(SpaceName="ann-space", **app)


def private(owner: str) -> dict[str, Any]:
    return {
        "OwnershipSettings": {"OwnerUserProfileName": owner},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }


def test_an_endpoint_is_invoked_only_by_who_may(local_aws: LocalAws, account: str) -> None:
    own = f"arn:aws:sagemaker:{REGION}:{account}:endpoint/own"
    runtime = local_aws.client(
        "sagemaker-runtime", local_aws.as_role(account, allow("sagemaker:InvokeEndpoint", on=own))
    )
    asked = {"EndpointName": "own", "Body": b"{}"}
    assert "own" in refusal(
        lambda: runtime.invoke_endpoint(**asked), code="ValidationError"
    )  # it may, but there is none
    refusal(lambda: runtime.invoke_endpoint(EndpointName="other", Body=b"{}"))
    refusal(lambda: runtime.invoke_endpoint_async(EndpointName="own", InputLocation="s3://bucket/input"))


def test_a_budget_is_seen_and_changed_under_the_actions_that_aws_has_for_it(local_aws: LocalAws, account: str) -> None:
    budget = {
        "BudgetName": "team",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "10", "Unit": "USD"},
    }
    viewer = local_aws.client("budgets", local_aws.as_role(account, allow("budgets:ViewBudget")))
    viewer.describe_budgets(AccountId=account)
    assert "budgets:ModifyBudget" in refusal(lambda: viewer.create_budget(AccountId=account, Budget=budget))
    editor = local_aws.client("budgets", local_aws.as_role(account, allow("budgets:ModifyBudget")))
    editor.create_budget(AccountId=account, Budget=budget)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("servicecatalog", "list_portfolios"),
        ("codepipeline", "list_pipelines"),
        ("ram", "get_resource_share_associations"),
        ("ce", "get_anomaly_monitors"),
    ],
)
def test_every_forwarded_service_refuses_a_role_without_permission(
    local_aws: LocalAws, account: str, service: str, operation: str
) -> None:
    more = {"associationType": "PRINCIPAL"} if service == "ram" else {}
    refusal(lambda: getattr(local_aws.client(service, local_aws.as_role(account, allow("s3:*"))), operation)(**more))
    getattr(local_aws.client(service, account), operation)(**more)


def test_forwarded_services_keep_accounts_apart(local_aws: LocalAws, account: str, passed: str) -> None:
    local_aws.client("sagemaker", account).create_training_job(**training_job(passed, f"job-{account}"))
    own = local_aws.client("sagemaker", account).list_training_jobs()["TrainingJobSummaries"]
    others = local_aws.client("sagemaker", "555555555555").list_training_jobs()["TrainingJobSummaries"]
    assert f"job-{account}" in {job["TrainingJobName"] for job in own}
    assert f"job-{account}" not in {job["TrainingJobName"] for job in others}


@pytest.mark.parametrize("target", ["SageMaker.NoSuchOperation", "TrentService.ListKeys", "NoDot"])
def test_a_call_that_maps_to_no_operation_is_refused_even_to_root(
    local_aws: LocalAws, account: str, target: str
) -> None:
    said = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    headers = signed(local_aws, local_aws.root(account), "sagemaker", "POST", "/", b"{}", **said)
    status, _headers, answer = send(local_aws, "POST", "/", b"{}", **headers)
    assert (status, json.loads(answer)["__type"]) == (403, "AccessDeniedException")


def test_an_operation_that_moto_lacks_is_said_to_be_not_emulated(local_aws: LocalAws, account: str) -> None:
    sagemaker = local_aws.client("sagemaker", account)
    assert "Not emulated" in refusal(lambda: sagemaker.list_workforces(), code="NotImplementedException")


def test_a_wrong_signature_is_refused_by_a_forwarded_service(local_aws: LocalAws, account: str) -> None:
    credentials = replace(local_aws.as_role(account, allow("*")), secret="wrong")
    refusal(lambda: local_aws.client("sagemaker", credentials).list_models(), code="InvalidSignature")


def test_a_session_policy_limits_forwarded_services(local_aws: LocalAws, account: str) -> None:
    role = local_aws.role(account, allow("sagemaker:*"))
    limited = local_aws.assume(role, Policy=policy(allow("sagemaker:ListModels")))
    local_aws.client("sagemaker", limited).list_models()
    refusal(lambda: local_aws.client("sagemaker", limited).list_endpoints())


@pytest.mark.parametrize("misleading", [{"x-amz-target": "Any.ListAllMyBuckets"}, {"query": "Action=ListAllMyBuckets"}])
def test_an_operation_named_where_its_service_does_not_look_is_refused(
    local_aws: LocalAws, account: str, misleading: dict[str, str]
) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:ListAllMyBuckets")))
    bucket = f"bucket-{account}"
    local_aws.client("s3", account).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )

    def mislead(request: Any, **_: object) -> None:  # noqa: ANN401  # botocore has no types
        if "query" in misleading:
            request.url += f"{'&' if '?' in request.url else '?'}{misleading['query']}"
        else:
            request.headers["x-amz-target"] = misleading["x-amz-target"]

    s3.meta.events.register("before-sign", mislead)
    refusal(lambda: s3.delete_bucket(Bucket=bucket))
    assert bucket in {found["Name"] for found in local_aws.client("s3", account).list_buckets()["Buckets"]}
