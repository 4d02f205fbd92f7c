"""The guardrails deployed to the local AWS: what a member's administrator asks over HTTP is denied, or is not."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from mlops_stages.platform import Persona, Purpose
from mlops_stages.repeatable.organization_guardrails import OrganizationGuardrails
from mlops_stages.repeatable.permission_sets import PermissionSets
from tests.foundation.built import Built, built
from tests.local.clients import Credentials, LocalAws, allow, refusal
from tests.local.stacks import Stack

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
FORBIDDEN = "with an explicit deny in a service control policy"


def an_account() -> str:
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))


@dataclass(frozen=True)
class Guarded:
    """An organization whose guardrails are deployed, and the administrators of two of its accounts."""

    aws: LocalAws
    stack: Stack
    template: Built
    exploring: Credentials
    operating: Credentials
    accounts: dict[Purpose, str]

    def client(self, service: str, who: Credentials | str | None = None, **more: Any) -> Any:  # noqa: ANN401 - boto3
        """A client of the development account's administrator, or of someone else."""
        return self.aws.client(service, who or self.operating, **more)


@pytest.fixture(scope="module")
def guarded(local_aws: LocalAws) -> Guarded:
    management, exploring, operating = an_account(), an_account(), an_account()
    accounts = {Purpose.EXPERIMENTATION: exploring, Purpose.DEVELOPMENT: operating}
    root = f"r-{secrets.token_hex(3)}"
    organization = {
        "id": f"o-{secrets.token_hex(6)}",
        "accounts": [exploring, operating],
        "management": management,
        "root": root,
    }
    assert local_aws.ask("POST", "/_mlops-stages/organization", organization)[0] == 200
    administrators = [local_aws.as_role(account, allow("*")) for account in (exploring, operating)]

    def make(stack: Any) -> None:  # noqa: ANN401 - the CDK's
        OrganizationGuardrails(
            stack,
            "Guardrails",
            platform="acme",
            partition="aws",
            root_id=root,
            accounts=accounts,
            regions=["eu-west-1"],
            instance_types=["ml.m5.large", "ml.t3.medium"],
        )
        groups = {Persona.ML_ENGINEER: "01234567-89ab-cdef-0123-456789abcdef"}
        PermissionSets(
            stack,
            "People",
            platform="acme",
            partition="aws",
            instance_arn=INSTANCE.replace("0123456789abcdef", secrets.token_hex(8)),
            accounts=accounts,
            groups=groups,
        )

    template = built(make)
    stack = Stack(local_aws, management)
    stack.create(template.body["Resources"])
    return Guarded(local_aws, stack, template, administrators[0], administrators[1], accounts)


def bucket(guarded: Guarded, who: Credentials | str, **more: Any) -> str:  # noqa: ANN401 - as boto3 has it
    name = f"acme-{secrets.token_hex(6)}"
    where = {"LocationConstraint": "eu-west-1"}
    guarded.client("s3", who).create_bucket(Bucket=name, CreateBucketConfiguration=where, **more)
    return name


def denied(call: Callable[[], object]) -> None:
    assert FORBIDDEN in refusal(call)


def test_nobody_stops_the_audit_trail(guarded: Guarded) -> None:
    for who in (guarded.operating, guarded.accounts[Purpose.DEVELOPMENT]):
        trails = guarded.client("cloudtrail", who)
        denied(lambda trails=trails: trails.stop_logging(Name="acme-audit"))
        denied(lambda trails=trails: trails.delete_trail(Name="acme-audit"))
        assert trails.describe_trails()["trailList"] == []


def test_nobody_leaves(guarded: Guarded) -> None:
    denied(guarded.client("organizations").leave_organization)
    denied(guarded.client("organizations", guarded.accounts[Purpose.DEVELOPMENT]).leave_organization)


def test_an_object_under_another_key_than_kmss_is_refused(guarded: Guarded) -> None:
    name = bucket(guarded, guarded.operating)
    storage = guarded.client("s3")
    denied(lambda: storage.put_object(Bucket=name, Key="a", Body=b"1", ServerSideEncryption="AES256"))
    own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}
    denied(lambda: storage.put_object(Bucket=name, Key="a", Body=b"1", **own))
    storage.put_object(Bucket=name, Key="a", Body=b"1")
    key = guarded.client("kms").create_key()["KeyMetadata"]["Arn"]
    storage.put_object(Bucket=name, Key="b", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


def test_no_bucket_is_opened_to_the_world(guarded: Guarded) -> None:
    name = bucket(guarded, guarded.operating)
    storage = guarded.client("s3")
    denied(lambda: bucket(guarded, guarded.operating, ACL="public-read"))
    denied(lambda: storage.put_bucket_acl(Bucket=name, ACL="public-read"))
    denied(lambda: storage.put_object(Bucket=name, Key="a", Body=b"1", ACL="public-read"))
    denied(lambda: storage.delete_public_access_block(Bucket=name))
    denied(lambda: storage.delete_bucket_policy(Bucket=name))
    storage.put_object(Bucket=name, Key="a", Body=b"1", ACL="bucket-owner-full-control")


def test_what_is_deployed_changes_by_deployment(guarded: Guarded) -> None:
    account = guarded.accounts[Purpose.DEVELOPMENT]
    name = bucket(guarded, guarded.operating)
    versioned = {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}}
    denied(lambda: guarded.client("s3").put_bucket_versioning(**versioned))
    denied(lambda: guarded.client("iam").create_role(RoleName="cdk-hnb659fds-cfn-exec-role-x", **_trusting(account)))
    made = guarded.client("iam", account)
    denied(lambda: made.create_role(RoleName="OrganizationAccountAccessRole", **_trusting(account)))


def test_the_deployments_own_role_is_exempt(guarded: Guarded) -> None:
    # The management account's way in is there already, as in accounts that Organizations made.
    account = guarded.accounts[Purpose.DEVELOPMENT]
    way_in = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    deployer = guarded.aws.assume(way_in, guarded.stack.account)
    name = bucket(guarded, deployer)
    guarded.client("s3", deployer).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    denied(lambda: guarded.client("cloudtrail", deployer).stop_logging(Name="acme-audit"))


def _trusting(account: str) -> dict[str, str]:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    return {"AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def test_nothing_is_done_in_other_regions(guarded: Guarded) -> None:
    refusal(lambda: guarded.client("sns", region="us-east-1").create_topic(Name="elsewhere"), code="Authorization")
    denied(guarded.client("sagemaker", region="eu-west-2").list_models)
    guarded.client("sns").create_topic(Name="here")
    guarded.client("iam", region="us-east-1").list_roles()


def training_job(guarded: Guarded, account: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 has it
    key = f"arn:aws:kms:eu-west-1:{account}:key/01234567-89ab-cdef-0123-456789abcdef"
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5, "VolumeKmsKeyId": key}
    return {
        "TrainingJobName": f"job-{secrets.token_hex(4)}",
        "AlgorithmSpecification": {
            "TrainingImage": f"{account}.dkr.ecr.eu-west-1.amazonaws.com/acme/train:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": f"arn:aws:iam::{account}:role/job",
        "OutputDataConfig": {"S3OutputPath": "s3://acme-nowhere/out", "KmsKeyId": key},
        "ResourceConfig": {**resources, **more.pop("ResourceConfig", {})},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
        **more,
    }


def test_training_outside_the_network_or_in_the_clear_or_on_other_machines_is_refused(guarded: Guarded) -> None:
    account = guarded.accounts[Purpose.DEVELOPMENT]
    for who in (guarded.operating, account):
        jobs = guarded.client("sagemaker", who)
        outside = training_job(guarded, account)
        del outside["VpcConfig"]
        clear = training_job(guarded, account)
        del clear["ResourceConfig"]["VolumeKmsKeyId"]
        large = training_job(guarded, account, ResourceConfig={"InstanceType": "ml.p4d.24xlarge"})
        for job in (outside, clear, large):
            denied(lambda job=job, jobs=jobs: jobs.create_training_job(**job))


def test_training_in_the_network_is_accepted(guarded: Guarded) -> None:
    account = guarded.accounts[Purpose.DEVELOPMENT]
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    job = training_job(guarded, account, RoleArn=guarded.aws.role(account, allow("s3:*"), trust=trust))
    guarded.client("sagemaker").create_training_job(**job)


def test_a_model_outside_the_network_is_refused_and_inside_accepted(guarded: Guarded) -> None:
    account = guarded.accounts[Purpose.DEVELOPMENT]
    image = f"{account}.dkr.ecr.eu-west-1.amazonaws.com/acme/serve:1"
    model = {"PrimaryContainer": {"Image": image}, "ExecutionRoleArn": f"arn:aws:iam::{account}:role/serve"}
    inside = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    models = guarded.client("sagemaker")
    denied(lambda: models.create_model(ModelName="outside", **model))
    models.create_model(ModelName="inside", **model, VpcConfig=inside)


def test_notebooks_are_for_exploring_and_have_no_internet_and_no_root(guarded: Guarded) -> None:
    account = guarded.accounts[Purpose.EXPERIMENTATION]
    safe = {
        "InstanceType": "ml.t3.medium",
        "RoleArn": f"arn:aws:iam::{account}:role/notebook",
        "SubnetId": "subnet-0123456789abcdef0",
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "KmsKeyId": f"arn:aws:kms:eu-west-1:{account}:key/01234567-89ab-cdef-0123-456789abcdef",
        "DirectInternetAccess": "Disabled",
        "RootAccess": "Disabled",
    }
    notebooks = guarded.client("sagemaker", guarded.exploring)
    for more in ({"DirectInternetAccess": "Enabled"}, {"RootAccess": "Enabled"}, {"InstanceType": "ml.t3.2xlarge"}):
        given = {**safe, **more}
        denied(lambda given=given: notebooks.create_notebook_instance(NotebookInstanceName="n", **given))
    notebooks.create_notebook_instance(NotebookInstanceName="safe", **safe)
    elsewhere = guarded.client("sagemaker")
    denied(lambda: elsewhere.create_notebook_instance(NotebookInstanceName="n", **safe))


def test_everything_that_the_templates_declare_is_held(guarded: Guarded) -> None:
    endpoint = guarded.aws.endpoint
    ours = [found for found in honesty.declared(endpoint) if found.account == guarded.stack.account]
    report = honesty.Comparison(endpoint).compare(ours)
    assert report.accepted == ()
    assert report.unchecked == ()


def test_a_changed_policy_is_changed_in_place_and_a_second_deploy_changes_nothing(guarded: Guarded) -> None:
    organizations = guarded.client("organizations", guarded.stack.account)
    before = {
        each["Id"]: each["Name"] for each in organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    }
    resources = json.loads(json.dumps(guarded.template.body["Resources"]))
    policy = next(each for each in resources.values() if each["Properties"].get("Name") == "acme-audit")
    policy["Properties"]["Description"] = "changed"
    guarded.stack.update(resources)
    after = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert {each["Id"]: each["Name"] for each in after} == before
    assert "changed" in {each["Description"] for each in after}
