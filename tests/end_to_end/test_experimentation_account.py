"""What boto3 sees after `up`: the Initial stage as an AWS client would find it."""

import json
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlops_stages.errors import UserError
from mlops_stages.platform import Team
from tests.end_to_end.conftest import Caller, PlatformUp
from tests.end_to_end.people import Person, as_service
from tests.end_to_end.topics import told_by

MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    response: dict[str, dict[str, str]] = vars(error)["response"]  # botocore has no types
    return response["Error"]["Code"]


def refused(caller: Caller, service: str, operation: str, **parameters: Any) -> str:  # noqa: ANN401 - any API's
    """The error code with which AWS refuses a call."""
    with pytest.raises(ClientError) as caught:
        getattr(caller.client(service), operation)(**parameters)
    return code_of(caught.value)


def buckets_of(up: PlatformUp, team: str) -> dict[str, str]:
    """A team's buckets, by classification."""
    s3 = up.root().client("s3")
    found: dict[str, str] = {}
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            tags = {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]}
        except ClientError:
            continue
        if tags.get("team") == team:
            found[tags["data-classification"]] = bucket["Name"]
    return found


def domain_of(up: PlatformUp) -> str:
    """The id of the account's one Studio domain."""
    (domain,) = up.root().client("sagemaker").list_domains()["Domains"]
    return domain["DomainId"]


@pytest.fixture
def fraud(platform_up: PlatformUp) -> Team:
    return platform_up.platform.team("fraud")


@pytest.fixture
def ann(platform_up: PlatformUp) -> Caller:
    """Ann, a data scientist of team fraud, in her Studio."""
    return platform_up.session_as("fraud/ann-lee")


def test_the_domain_has_each_persons_profile_with_a_role_of_their_own(platform_up: PlatformUp) -> None:
    sagemaker = platform_up.root().client("sagemaker")
    domain = domain_of(platform_up)
    listed = {p["UserProfileName"] for p in sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"]}
    expected = {
        f"{team.name}-{member.name}": f"{platform_up.platform.name}-{team.name}-{member.name}"
        for team in platform_up.platform.teams
        for member in team.members
        if member.persona != "business_owner"
    }
    assert listed == expected.keys()
    for profile, role in expected.items():
        described = sagemaker.describe_user_profile(DomainId=domain, UserProfileName=profile)
        assert described["UserSettings"]["ExecutionRole"].endswith(f"/{role}")


def test_the_domain_has_no_way_to_the_internet_and_shuts_idle_apps_down(platform_up: PlatformUp) -> None:
    domain = platform_up.root().client("sagemaker").describe_domain(DomainId=domain_of(platform_up))
    assert domain["AppNetworkAccessType"] == "VpcOnly"
    assert domain["KmsKeyId"].startswith("arn:aws:kms:")
    idle = domain["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert idle["LifecycleManagement"] == "ENABLED"
    assert idle["MaxIdleTimeoutInMinutes"] == platform_up.platform.studio.idle_shutdown_minutes


def test_each_bucket_of_a_team_is_under_the_key_of_its_classification(platform_up: PlatformUp, fraud: Team) -> None:
    root = platform_up.root()
    aliases = {
        a["AliasName"]: a["TargetKeyId"] for a in root.client("kms").list_aliases()["Aliases"] if "TargetKeyId" in a
    }
    buckets = buckets_of(platform_up, "fraud")
    assert buckets.keys() == {classification.value for classification in fraud.classifications}
    for classification, bucket in buckets.items():
        rules = root.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        default = rules[0]["ApplyServerSideEncryptionByDefault"]
        assert default["SSEAlgorithm"] == "aws:kms"
        assert default["KMSMasterKeyID"].endswith(aliases[f"alias/acme/fraud/{classification}"])


def test_a_data_scientist_reads_and_writes_the_data_of_their_team(platform_up: PlatformUp, ann: Caller) -> None:
    s3 = ann.client("s3")
    for bucket in buckets_of(platform_up, "fraud").values():
        s3.put_object(Bucket=bucket, Key="notes/ann.txt", Body=b"first")
        assert s3.get_object(Bucket=bucket, Key="notes/ann.txt")["Body"].read() == b"first"
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] >= 1


def test_a_data_scientist_is_refused_another_teams_data(platform_up: PlatformUp, ann: Caller) -> None:
    for bucket in buckets_of(platform_up, "pricing").values():
        assert refused(ann, "s3", "put_object", Bucket=bucket, Key="x", Body=b"x") == "AccessDenied"
        assert refused(ann, "s3", "list_objects_v2", Bucket=bucket) == "AccessDenied"
        assert refused(ann, "s3", "get_object", Bucket=bucket, Key="x") == "AccessDenied"


def test_a_data_scientist_cannot_delete_a_bucket_or_a_version(platform_up: PlatformUp, ann: Caller) -> None:
    bucket = next(iter(buckets_of(platform_up, "fraud").values()))
    version = ann.client("s3").put_object(Bucket=bucket, Key="kept", Body=b"kept")["VersionId"]
    assert refused(ann, "s3", "delete_bucket", Bucket=bucket) == "AccessDenied"
    assert refused(ann, "s3", "delete_object", Bucket=bucket, Key="kept", VersionId=version) == "AccessDenied"


def test_a_data_scientist_cannot_open_their_bucket_to_others(platform_up: PlatformUp, ann: Caller) -> None:
    bucket = next(iter(buckets_of(platform_up, "fraud").values()))
    assert refused(ann, "s3", "delete_bucket_policy", Bucket=bucket) == "AccessDenied"
    assert refused(ann, "s3", "put_bucket_policy", Bucket=bucket, Policy="{}") == "AccessDenied"
    assert refused(ann, "s3", "delete_public_access_block", Bucket=bucket) == "AccessDenied"


def test_a_data_scientist_cannot_make_users_or_roles(ann: Caller) -> None:
    assert refused(ann, "iam", "create_user", UserName="eve") == "AccessDenied"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert refused(ann, "iam", "create_role", RoleName="eve", AssumeRolePolicyDocument=trust) == "AccessDenied"


def test_a_data_scientist_cannot_schedule_the_deletion_of_a_key(platform_up: PlatformUp, ann: Caller) -> None:
    aliases = platform_up.root().client("kms").list_aliases()["Aliases"]
    (key,) = (a["TargetKeyId"] for a in aliases if a["AliasName"] == "alias/acme/fraud/internal")
    assert "AccessDenied" in refused(ann, "kms", "schedule_key_deletion", KeyId=key)
    assert "AccessDenied" in refused(ann, "kms", "disable_key", KeyId=key)


def test_a_profiles_own_role_cannot_shed_its_permissions_boundary(platform_up: PlatformUp, ann: Caller) -> None:
    role = "acme-fraud-ann-lee"
    assert refused(ann, "iam", "delete_role_permissions_boundary", RoleName=role) == "AccessDenied"
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert (
        refused(ann, "iam", "put_role_permissions_boundary", RoleName=role, PermissionsBoundary=administrator)
        == "AccessDenied"
    )
    assert refused(ann, "iam", "attach_role_policy", RoleName=role, PolicyArn=administrator) == "AccessDenied"
    assert refused(ann, "iam", "tag_role", RoleName=role, Tags=[{"Key": "team", "Value": "pricing"}]) == "AccessDenied"
    held = platform_up.root().client("iam").get_role(RoleName=role)["Role"]
    assert held["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/acme-boundary")


def test_the_boundary_holds_even_where_somebody_grants_more(platform_up: PlatformUp) -> None:
    """A role of the account with administrator's permissions still does no more than the boundary."""
    iam = platform_up.way_in().client("iam")
    role, policy = (
        "acme-pricing-mistake",
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        },
    )
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    iam.create_role(
        RoleName=role,
        AssumeRolePolicyDocument=json.dumps(trust),
        PermissionsBoundary=f"arn:aws:iam::{platform_up.account}:policy/acme-boundary",
    )
    try:
        iam.put_role_policy(RoleName=role, PolicyName="everything", PolicyDocument=json.dumps(policy))
        mistake = as_service(platform_up, f"arn:aws:iam::{platform_up.account}:role/{role}")
        assert refused(mistake, "iam", "create_user", UserName="eve") == "AccessDenied"
        assert refused(mistake, "sqs", "create_queue", QueueName="way-out") in {"AccessDenied", "AccessDeniedException"}
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="everything")
        iam.delete_role(RoleName=role)


def test_plain_http_is_refused(platform_up: PlatformUp, ann: Caller) -> None:
    """The request says that it came in plain; the same request over TLS is served."""
    bucket = next(iter(buckets_of(platform_up, "fraud").values()))
    s3 = ann.client("s3")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")

    def say_plain(request: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's event
        request.headers["x-forwarded-proto"] = "http"

    s3.meta.events.register("before-send.s3.*", say_plain)
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="plain")
    assert code_of(caught.value) == "AccessDenied"


def training_job(up: PlatformUp, name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any API's
    """A training job as a data scientist of team fraud may start it, but for `changes`."""
    domain = up.root().client("sagemaker").describe_domain(DomainId=domain_of(up))
    keys = up.root().client("kms").list_aliases()["Aliases"]
    (key,) = (a["TargetKeyId"] for a in keys if a["AliasName"] == "alias/acme/fraud/internal")
    arn = f"arn:aws:kms:eu-west-1:{up.account}:key/{key}"
    job: dict[str, Any] = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1",
            "TrainingInputMode": "File",
        },
        "RoleArn": f"arn:aws:iam::{up.account}:role/acme/fraud/acme-fraud-ann-lee",
        "OutputDataConfig": {"S3OutputPath": f"s3://{buckets_of(up, 'fraud')['internal']}/models", "KmsKeyId": arn},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
            "VolumeKmsKeyId": arn,
        },
        "VpcConfig": {
            "Subnets": domain["SubnetIds"],
            "SecurityGroupIds": domain["DefaultUserSettings"]["SecurityGroups"],
        },
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [{"Key": "team", "Value": "fraud"}],
    }
    job |= changes
    return {key: value for key, value in job.items() if value is not None}


def test_a_data_scientist_trains_isolated_and_encrypted(platform_up: PlatformUp, ann: Caller) -> None:
    started = ann.client("sagemaker").create_training_job(**training_job(platform_up, "fraud-first-try"))
    assert started["TrainingJobArn"].endswith(":training-job/fraud-first-try")


@pytest.mark.parametrize(
    "changes",
    [
        {"VpcConfig": None},
        {"VpcConfig": {"Subnets": ["subnet-0000000000000bad0"], "SecurityGroupIds": ["sg-0000000000000bad0"]}},
        {"EnableNetworkIsolation": False},
        {"EnableNetworkIsolation": None},
        {"EnableInterContainerTrafficEncryption": False},
        {"TrainingJobName": "pricing-not-ours"},
        {"ResourceConfig": MACHINE},
        {"RoleArn": "arn:aws:iam::111111111111:role/acme/pricing/acme-pricing-other"},
    ],
    ids=str,
)
def test_a_data_scientist_cannot_train_otherwise(platform_up: PlatformUp, ann: Caller, changes: dict[str, Any]) -> None:
    job = training_job(platform_up, "fraud-otherwise", **changes)
    assert "AccessDenied" in refused(ann, "sagemaker", "create_training_job", **job)


def test_a_data_scientist_opens_only_their_own_studio(platform_up: PlatformUp, ann: Caller) -> None:
    domain = domain_of(platform_up)
    url = ann.client("sagemaker").create_presigned_domain_url(DomainId=domain, UserProfileName="fraud-ann-lee")
    assert url["AuthorizedUrl"].startswith("https://")
    other = {"DomainId": domain, "UserProfileName": "fraud-lena-fischer"}
    assert "AccessDenied" in refused(ann, "sagemaker", "create_presigned_domain_url", **other)


def person_role(up: PlatformUp, team: str, person: str) -> str:
    """The ARN of a person's role."""
    return f"arn:aws:iam::{up.account}:role/acme/{team}/acme-{team}-{person}"


def test_no_other_service_takes_on_a_persons_role(platform_up: PlatformUp) -> None:
    with pytest.raises(UserError):
        as_service(platform_up, person_role(platform_up, "fraud", "ann-lee"), "lambda.amazonaws.com")


@pytest.fixture(scope="module")
def ada(platform_up: PlatformUp) -> Person:
    return Person(platform_up, f"ada-{uuid4()}", "ada.auditor@acme.example")


def test_a_person_takes_on_their_own_role_with_a_second_factor_only(platform_up: PlatformUp, ada: Person) -> None:
    role = person_role(platform_up, "platform", "ada-auditor")
    identity = ada.assume(role).client("sts").get_caller_identity()
    assert ":assumed-role/acme-platform-ada-auditor/" in identity["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        ada.assume(role, second_factor=False)
    with pytest.raises(ClientError, match="AccessDenied"):
        ada.assume(person_role(platform_up, "fraud", "ann-lee"))


def test_an_auditor_reads_who_may_do_what_and_no_data(platform_up: PlatformUp, ada: Person) -> None:
    auditor = ada.assume(person_role(platform_up, "platform", "ada-auditor"))
    bucket = buckets_of(platform_up, "fraud")["internal"]
    assert auditor.client("iam").get_role(RoleName="acme-fraud-ann-lee")["Role"]["RoleName"] == "acme-fraud-ann-lee"
    assert "Policy" in auditor.client("s3").get_bucket_policy(Bucket=bucket)
    assert auditor.client("cloudtrail").get_trail_status(Name="acme-audit")["IsLogging"]
    assert refused(auditor, "s3", "get_object", Bucket=bucket, Key="x") == "AccessDenied"
    assert refused(auditor, "s3", "put_object", Bucket=bucket, Key="x", Body=b"x") == "AccessDenied"
    assert "AccessDenied" in refused(auditor, "cloudtrail", "stop_logging", Name="acme-audit")


def test_a_platform_engineer_runs_the_account_and_reads_no_data(platform_up: PlatformUp) -> None:
    paula = Person(platform_up, f"paula-{uuid4()}", "paula.platform@acme.example")
    engineer = paula.assume(person_role(platform_up, "platform", "paula-platform"))
    bucket = buckets_of(platform_up, "fraud")["internal"]
    assert engineer.client("sagemaker").list_domains()["Domains"]
    assert refused(engineer, "s3", "get_object", Bucket=bucket, Key="x") == "AccessDenied"
    assert refused(engineer, "iam", "create_user", UserName="eve") == "AccessDenied"
    assert "AccessDenied" in refused(engineer, "cloudtrail", "delete_trail", Name="acme-audit")


def test_the_audit_trail_records_and_cannot_be_emptied(platform_up: PlatformUp) -> None:
    root = platform_up.root()
    (trail,) = root.client("cloudtrail").describe_trails()["trailList"]
    assert trail["LogFileValidationEnabled"]
    assert trail["IsMultiRegionTrail"]
    assert root.client("cloudtrail").get_trail_status(Name=trail["Name"])["IsLogging"]
    lock = root.client("s3").get_object_lock_configuration(Bucket=trail["S3BucketName"])["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": 365}


def test_the_owners_are_told_that_the_root_user_was_used(platform_up: PlatformUp) -> None:
    root = platform_up.root()
    (alarm,) = root.client("cloudwatch").describe_alarms(AlarmNames=["acme-RootUsed"])["MetricAlarms"]
    (topic,) = alarm["AlarmActions"]
    heard_of = told_by(root, topic)
    quiet = platform_up.way_in().client("cloudwatch")
    quiet.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="it is heard again")
    root.client("sts").get_caller_identity()
    told = [json.loads(each) for each in heard_of(alarm["AlarmName"])]
    assert [said["NewStateValue"] for said in told] == ["ALARM"]
    assert "the root user is for emergencies only" in told[0]["AlarmDescription"]


def test_budgets_tell_the_people_that_the_platform_file_names(platform_up: PlatformUp) -> None:
    budgets = platform_up.root().client("budgets")
    named = {b["BudgetName"]: b for b in budgets.describe_budgets(AccountId=platform_up.account)["Budgets"]}
    for team in platform_up.platform.teams:
        (name,) = (n for n in named if n.startswith(f"acme-{team.name}-"))
        budget = named[name]
        assert float(budget["BudgetLimit"]["Amount"]) == team.budget.monthly_usd
        for notification in budgets.describe_notifications_for_budget(AccountId=platform_up.account, BudgetName=name)[
            "Notifications"
        ]:
            told = budgets.describe_subscribers_for_notification(
                AccountId=platform_up.account, BudgetName=name, Notification=notification
            )["Subscribers"]
            assert {s["Address"] for s in told} == set(team.budget.notify)
