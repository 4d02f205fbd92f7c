"""What each persona may do and may not, judged request by request by an evaluator that is not ours."""

from collections.abc import Mapping
from typing import Any

import pytest

from mlops_stages.foundation.persona_policies import works_in_studio
from mlops_stages.platform import Persona
from tests.foundation.built import NETWORK, Json
from tests.foundation.judge import Caller
from tests.foundation.personas import VOLUMES_KEY, caller

pytestmark = pytest.mark.usefixtures("either_spelling")

SCIENTIST, LEAD, ENGINEER = Persona.DATA_SCIENTIST, Persona.LEAD_DATA_SCIENTIST, Persona.ML_ENGINEER
PLATFORM = Persona.PLATFORM_ENGINEER
IN_STUDIO = tuple(persona for persona in Persona if works_in_studio(persona))
NOT_IN_STUDIO = tuple(persona for persona in Persona if not works_in_studio(persona))

PREFIX = "arn:aws:sagemaker:eu-west-1:111111111111:"
ROLES = "arn:aws:iam::111111111111:role"
OWN_ROLE = f"{ROLES}/acme/fraud/acme-fraud-ann"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/99999999-2222-3333-4444-555555555555"
Context = Mapping[str, Any]


def sagemaker(**keys: object) -> dict[str, Any]:
    """Condition keys of SageMaker."""
    return {f"sagemaker__{name}": value for name, value in keys.items()}


FOR_FRAUD: dict[str, Any] = {"aws__RequestTag/team": "fraud", "aws__TagKeys": ["team"]}
ISOLATED_JOB = FOR_FRAUD | sagemaker(
    VpcSubnets=[NETWORK.subnet_ids[0]],
    VpcSecurityGroupIds=[NETWORK.workload_security_group_id],
    VolumeKmsKey=KEY,
    OutputKmsKey=KEY,
    NetworkIsolation="true",
    InterContainerTrafficEncryption="true",
    InstanceTypes=["ml.m5.large"],
)
ISOLATED_MODEL = {
    key: value
    for key, value in ISOLATED_JOB.items()
    if key.removeprefix("sagemaker__") in ("VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation")
}
ENCRYPTED_TRANSFORM = FOR_FRAUD | sagemaker(
    VolumeKmsKey=KEY, OutputKmsKey=KEY, InstanceTypes=["ml.m5.large"], ModelArn=f"{PREFIX}model/fraud-churn"
)
PRIVATE_SPACE = sagemaker(
    SpaceSharingType="Private",
    OwnerUserProfileArn=f"{PREFIX}user-profile/d-abc/fraud-ann",
    InstanceTypes=["ml.t3.medium"],
)
JOBS = {
    "CreateTrainingJob": "training-job",
    "CreateProcessingJob": "processing-job",
    "CreateHyperParameterTuningJob": "hyper-parameter-tuning-job",
}


def without(context: Context, name: str) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key != f"sagemaker__{name}"}


@pytest.mark.parametrize("persona", IN_STUDIO)
@pytest.mark.parametrize(("action", "kind"), JOBS.items())
def test_whoever_works_in_studio_runs_isolated_jobs_of_their_team(
    people: dict[str, Json], persona: Persona, action: str, kind: str
) -> None:
    assert caller(people, persona).may(f"sagemaker:{action}", f"{PREFIX}{kind}/fraud-churn", **ISOLATED_JOB)


PROTECTIONS = [key.removeprefix("sagemaker__") for key in ISOLATED_JOB if key[:3] != "aws" and "Instance" not in key]


@pytest.mark.parametrize("left_out", PROTECTIONS)
@pytest.mark.parametrize(("action", "kind"), JOBS.items())
def test_a_job_that_leaves_a_protection_out_is_refused(
    people: dict[str, Json], action: str, kind: str, left_out: str
) -> None:
    asked = without(ISOLATED_JOB, left_out)
    assert not caller(people, SCIENTIST).may(f"sagemaker:{action}", f"{PREFIX}{kind}/fraud-churn", **asked)


@pytest.mark.parametrize(
    "changed",
    [
        sagemaker(VpcSubnets=["subnet-0foreign"]),
        sagemaker(VpcSubnets=[NETWORK.subnet_ids[0], "subnet-0foreign"]),
        sagemaker(VpcSecurityGroupIds=["sg-0foreign"]),
        sagemaker(VpcSecurityGroupIds=[NETWORK.workload_security_group_id, "sg-0foreign"]),
        sagemaker(VolumeKmsKey=KEY.replace("111111111111", "999999999999")),
        sagemaker(OutputKmsKey=KEY.replace("111111111111", "999999999999")),
        sagemaker(OutputKmsKey=KEY.replace("eu-west-1", "us-east-1")),
        sagemaker(NetworkIsolation="false"),
        sagemaker(InterContainerTrafficEncryption="false"),
        sagemaker(InstanceTypes=["ml.p4d.24xlarge"]),
        sagemaker(InstanceTypes=["ml.m5.large", "ml.p4d.24xlarge"]),
    ],
    ids=str,
)
@pytest.mark.parametrize(("action", "kind"), JOBS.items())
def test_a_job_that_weakens_a_protection_is_refused(
    people: dict[str, Json], action: str, kind: str, changed: Context
) -> None:
    asked = {**ISOLATED_JOB, **changed}
    assert not caller(people, SCIENTIST).may(f"sagemaker:{action}", f"{PREFIX}{kind}/fraud-churn", **asked)


@pytest.mark.parametrize(
    "tagged",
    [
        {},
        {"aws__RequestTag/team": "pricing", "aws__TagKeys": ["team"]},
        {"aws__RequestTag/Team": "fraud", "aws__TagKeys": ["Team"]},
        {"aws__RequestTag/model": "churn", "aws__TagKeys": ["model"]},
    ],
    ids=str,
)
@pytest.mark.parametrize(("action", "kind"), [*JOBS.items(), ("CreateTransformJob", "transform-job")])
def test_a_job_is_on_its_own_teams_budget(
    people: dict[str, Json], action: str, kind: str, tagged: dict[str, Any]
) -> None:
    whole = ISOLATED_JOB if action in JOBS else ENCRYPTED_TRANSFORM
    untagged = {key: value for key, value in whole.items() if key not in FOR_FRAUD}
    ann = caller(people, SCIENTIST)
    assert ann.may(f"sagemaker:{action}", f"{PREFIX}{kind}/fraud-churn", **whole)
    assert not ann.may(f"sagemaker:{action}", f"{PREFIX}{kind}/fraud-churn", **untagged, **tagged)


@pytest.mark.parametrize("action", ["CreateTrainingJob", "CreateHyperParameterTuningJob"])
def test_a_job_mounts_no_file_system_such_as_studios_home_directories(people: dict[str, Json], action: str) -> None:
    mounting = {**ISOLATED_JOB, **sagemaker(FileSystemId="fs-0a1b2c3d", FileSystemType="EFS")}
    assert not caller(people, SCIENTIST).may(f"sagemaker:{action}", f"{PREFIX}{JOBS[action]}/fraud-churn", **mounting)


def test_a_job_may_use_every_subnet_of_the_network(people: dict[str, Json]) -> None:
    asked = {**ISOLATED_JOB, **sagemaker(VpcSubnets=list(NETWORK.subnet_ids))}
    assert caller(people, SCIENTIST).may("sagemaker:CreateTrainingJob", f"{PREFIX}training-job/fraud-a", **asked)


@pytest.mark.parametrize("name", ["pricing-churn", "churn", "fraudulent-churn", "Fraud-churn", "acme-fraud-churn"])
@pytest.mark.parametrize(("action", "kind"), JOBS.items())
def test_a_job_named_for_another_team_is_refused(people: dict[str, Json], action: str, kind: str, name: str) -> None:
    assert not caller(people, SCIENTIST).may(f"sagemaker:{action}", f"{PREFIX}{kind}/{name}", **ISOLATED_JOB)


def test_a_job_in_another_account_or_region_is_refused(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    job = f"{PREFIX}training-job/fraud-churn"
    elsewhere = job.replace("111111111111", "222222222222"), job.replace("eu-west-1", "us-east-1")
    assert not any(ann.may("sagemaker:CreateTrainingJob", arn, **ISOLATED_JOB) for arn in elsewhere)
    assert not ann.may("sagemaker:CreateTrainingJob", job, region="us-east-1", **ISOLATED_JOB)


def test_a_person_whose_role_has_no_team_runs_nothing(people: dict[str, Json]) -> None:
    nobody = Caller(policies=caller(people, SCIENTIST).policies, boundary=people["acme-boundary"])
    for name in ("fraud-churn", "-churn", "${aws:PrincipalTag/team}-churn"):
        assert not nobody.may("sagemaker:CreateTrainingJob", f"{PREFIX}training-job/{name}", **ISOLATED_JOB)


def test_a_model_is_made_only_isolated_and_in_the_network(people: dict[str, Json]) -> None:
    ann, model = caller(people, SCIENTIST), f"{PREFIX}model/fraud-churn"
    assert ann.may("sagemaker:CreateModel", model, **ISOLATED_MODEL)
    for left_out in ("VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation"):
        assert not ann.may("sagemaker:CreateModel", model, **without(ISOLATED_MODEL, left_out))
    assert not ann.may("sagemaker:CreateModel", model, **{**ISOLATED_MODEL, **sagemaker(VpcSubnets=["subnet-0x"])})
    assert not ann.may("sagemaker:CreateModel", f"{PREFIX}model/pricing-loan", **ISOLATED_MODEL)


def test_a_transform_job_is_encrypted_and_on_allowed_instances(people: dict[str, Json]) -> None:
    ann, job = caller(people, SCIENTIST), f"{PREFIX}transform-job/fraud-churn"
    assert ann.may("sagemaker:CreateTransformJob", job, **ENCRYPTED_TRANSFORM)
    for left_out in ("VolumeKmsKey", "OutputKmsKey"):
        assert not ann.may("sagemaker:CreateTransformJob", job, **without(ENCRYPTED_TRANSFORM, left_out))
    for model in ("pricing-loan", "fraud", "fraudulent-churn", "pricing/fraud-churn"):
        other = {**ENCRYPTED_TRANSFORM, **sagemaker(ModelArn=f"{PREFIX}model/{model}")}
        assert not ann.may("sagemaker:CreateTransformJob", job, **other)
    elsewhere = f"{PREFIX}model/fraud-churn".replace("111111111111", "222222222222")
    for other in (without(ENCRYPTED_TRANSFORM, "ModelArn"), {**ENCRYPTED_TRANSFORM, **sagemaker(ModelArn=elsewhere)}):
        assert not ann.may("sagemaker:CreateTransformJob", job, **other)
    large = {**ENCRYPTED_TRANSFORM, **sagemaker(InstanceTypes=["ml.p4d.24xlarge"])}
    assert not ann.may("sagemaker:CreateTransformJob", job, **large)


SPACE = f"{PREFIX}space/d-abc/fraud-ann-lab"
APP = f"{PREFIX}app/d-abc/fraud-ann-lab/JupyterLab/default"


@pytest.mark.parametrize(("action", "resource"), [("CreateSpace", SPACE), ("UpdateSpace", SPACE), ("CreateApp", APP)])
def test_a_space_is_private_and_ones_own(people: dict[str, Json], action: str, resource: str) -> None:
    ann, raj = caller(people, SCIENTIST), caller(people, SCIENTIST, person="raj")
    assert ann.may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)
    shared = {**PRIVATE_SPACE, **sagemaker(SpaceSharingType="Shared")}
    large = {**PRIVATE_SPACE, **sagemaker(InstanceTypes=["ml.p4d.24xlarge"])}
    of_raj = {**PRIVATE_SPACE, **sagemaker(OwnerUserProfileArn=f"{PREFIX}user-profile/d-abc/fraud-raj")}
    for asked in (shared, large, of_raj, without(PRIVATE_SPACE, "OwnerUserProfileArn")):
        assert not ann.may(f"sagemaker:{action}", resource, **asked)
    assert not raj.may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)


@pytest.mark.parametrize(("action", "resource"), [("DeleteSpace", SPACE), ("DeleteApp", APP)])
def test_one_ends_ones_own_spaces_only(people: dict[str, Json], action: str, resource: str) -> None:
    assert caller(people, SCIENTIST).may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)
    assert not caller(people, SCIENTIST, person="raj").may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)


def test_a_name_that_starts_alike_does_not_open_anothers_space(people: dict[str, Json]) -> None:
    of_ann_lee = sagemaker(OwnerUserProfileArn=f"{PREFIX}user-profile/d-abc/fraud-ann-lee", SpaceSharingType="Private")
    ann = caller(people, SCIENTIST, person="ann")
    for action in ("CreateSpace", "UpdateSpace", "DeleteSpace"):
        assert not ann.may(f"sagemaker:{action}", f"{PREFIX}space/d-abc/fraud-ann-lee-lab", **of_ann_lee)


def test_only_a_lead_ends_the_spaces_of_their_team(people: dict[str, Json]) -> None:
    lead = caller(people, LEAD, person="lena")
    for action, resource in (("DeleteSpace", SPACE), ("DeleteApp", APP)):
        assert lead.may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)
        assert not lead.may(f"sagemaker:{action}", resource.replace("fraud-", "pricing-"), **PRIVATE_SPACE)
        assert not caller(people, ENGINEER, person="mia").may(f"sagemaker:{action}", resource, **PRIVATE_SPACE)


def test_one_opens_ones_own_studio_only(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    assert ann.may("sagemaker:CreatePresignedDomainUrl", f"{PREFIX}user-profile/d-abc/fraud-ann")
    for other in ("fraud-raj", "fraud-ann-lee", "pricing-ann"):
        assert not ann.may("sagemaker:CreatePresignedDomainUrl", f"{PREFIX}user-profile/d-abc/{other}")


@pytest.mark.parametrize("persona", NOT_IN_STUDIO)
def test_who_does_not_work_in_studio_opens_none(people: dict[str, Json], persona: Persona) -> None:
    someone = caller(people, persona)
    assert not someone.may("sagemaker:CreatePresignedDomainUrl", f"{PREFIX}user-profile/d-abc/fraud-ann")
    assert not someone.may("sagemaker:CreateTrainingJob", f"{PREFIX}training-job/fraud-churn", **ISOLATED_JOB)
    assert not someone.may("sagemaker:CreateSpace", SPACE, **PRIVATE_SPACE)


@pytest.mark.parametrize(
    "action", ["ListApps", "ListDomains", "ListMlflowApps", "ListSpaces", "ListTrainingJobs", "ListUserProfiles"]
)
def test_lists_are_allowed_on_all_resources_as_sagemaker_asks(people: dict[str, Json], action: str) -> None:
    assert caller(people, SCIENTIST).may(f"sagemaker:{action}", "*")
    assert caller(people, PLATFORM).may(f"sagemaker:{action}", "*")


@pytest.mark.parametrize("action", ["StopTrainingJob", "DescribeTrainingJob"])
def test_one_follows_and_stops_jobs_of_ones_team_only(people: dict[str, Json], action: str) -> None:
    ann = caller(people, SCIENTIST)
    assert ann.may(f"sagemaker:{action}", f"{PREFIX}training-job/fraud-churn")
    assert not ann.may(f"sagemaker:{action}", f"{PREFIX}training-job/pricing-loan")


def test_tags_are_set_while_creating_and_never_afterwards(people: dict[str, Json]) -> None:
    ann, job = caller(people, SCIENTIST), f"{PREFIX}training-job/fraud-churn"
    assert ann.may("sagemaker:AddTags", job, sagemaker__TaggingAction="CreateTrainingJob")
    assert not ann.may("sagemaker:AddTags", job)
    others: dict[str, Any] = {"aws__RequestTag/team": "pricing", "aws__TagKeys": ["team"]}
    assert not ann.may("sagemaker:AddTags", job, sagemaker__TaggingAction="CreateTrainingJob", **others)
    assert not ann.may("sagemaker:AddTags", f"{PREFIX}user-profile/d-abc/fraud-ann", sagemaker__TaggingAction="x")
    assert not ann.may("sagemaker:DeleteTags", job)


def test_a_job_runs_under_its_owners_role_only(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    to_sagemaker = {"iam__PassedToService": "sagemaker.amazonaws.com"}
    assert ann.may("iam:PassRole", OWN_ROLE, **to_sagemaker)
    for role in (
        "acme/fraud/acme-fraud-raj",
        "acme/pricing/acme-pricing-ann",
        "acme/platform/acme-platform-paula",
        "admin",
    ):
        assert not ann.may("iam:PassRole", f"{ROLES}/{role}", **to_sagemaker)
    assert not ann.may("iam:PassRole", OWN_ROLE, iam__PassedToService="lambda.amazonaws.com")
    assert not ann.may("iam:PassRole", OWN_ROLE)


LOGS = "arn:aws:logs:eu-west-1:111111111111:log-group:"


def test_a_log_is_read_by_the_team_whose_job_wrote_it(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    stream = f"{LOGS}/aws/sagemaker/TrainingJobs:log-stream:fraud-churn/algo-1-1700000000"
    assert ann.may("logs:GetLogEvents", stream)
    assert ann.may("logs:PutLogEvents", stream)
    assert not ann.may("logs:GetLogEvents", stream.replace("fraud-", "pricing-"))
    assert ann.may("logs:DescribeLogGroups")
    assert not ann.may("logs:FilterLogEvents", stream.partition(":log-stream")[0])
    for action in ("logs:GetLogEvents", "logs:PutLogEvents"):
        assert not ann.may(action, f"{LOGS}acme-audit:log-stream:fraud-x")


def test_a_line_is_written_into_the_logs_of_ones_own_teams_jobs_and_apps_only(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        for stream in (
            "TrainingJobs:log-stream:fraud-churn/algo-1",
            "studio:log-stream:d-abc/fraud-ann-lab/JupyterLab/x",
        ):
            assert ann.may(action, f"{LOGS}/aws/sagemaker/{stream}")
            assert not ann.may(action, f"{LOGS}/aws/sagemaker/{stream}".replace("fraud-", "pricing-"))
        assert not ann.may(action, f"{LOGS}/aws/sagemaker/TrainingJobs:log-stream:pricing-loan/fraud-churn")


def test_nobody_in_studio_writes_the_metrics_of_the_security_alarms(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    assert ann.may("cloudwatch:PutMetricData", cloudwatch__namespace="acme/fraud/churn")
    assert ann.may("cloudwatch:PutMetricData", cloudwatch__namespace="/aws/sagemaker/TrainingJobs")
    for namespace in ("acme/Security", "acme/pricing/loan", "AWS/SageMaker", "other"):
        assert not ann.may("cloudwatch:PutMetricData", cloudwatch__namespace=namespace)


def test_the_key_of_volumes_is_used_and_granted_to_aws_only(people: dict[str, Json]) -> None:
    ann = caller(people, SCIENTIST)
    assert ann.may("kms:CreateGrant", VOLUMES_KEY, kms__GrantIsForAWSResource="true")
    assert not ann.may("kms:CreateGrant", VOLUMES_KEY)
    assert ann.may("kms:Decrypt", VOLUMES_KEY)
    assert not ann.may("kms:Decrypt", KEY)


def test_the_network_is_the_accounts_own(people: dict[str, Json]) -> None:
    ann, ec2 = caller(people, SCIENTIST), "arn:aws:ec2:eu-west-1:111111111111:"
    assert ann.may("ec2:CreateNetworkInterface", f"{ec2}subnet/{NETWORK.subnet_ids[0]}")
    assert not ann.may("ec2:CreateNetworkInterface", f"{ec2}subnet/subnet-0foreign")
    assert not ann.may("ec2:CreateNetworkInterface", f"{ec2}security-group/sg-0foreign")
    ours, theirs = f"{ec2}subnet/{NETWORK.subnet_ids[1]}", f"{ec2}subnet/subnet-0foreign"
    for action in ("CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission"):
        assert ann.may(f"ec2:{action}", f"{ec2}network-interface/eni-1", ec2__Subnet=ours)
        assert not ann.may(f"ec2:{action}", f"{ec2}network-interface/eni-1", ec2__Subnet=theirs)
        assert not ann.may(f"ec2:{action}", f"{ec2}network-interface/eni-1")
    for action in (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:CreateInternetGateway",
        "ec2:CreateRoute",
        "ec2:RunInstances",
    ):
        assert not ann.may(action, "*")
