"""TeamData: a zone a classification, the jobs' role, the duty of curating, features; alone and in one account."""

from dataclasses import replace

import pytest

from mlops_stages.foundation import IamSignIn
from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS, size_in_iam
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import OwnCatalog
from mlops_stages.repeatable.data_account import actions_in_use
from tests.foundation.built import NETWORK, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.repeatable.data_given import (
    ADDRESSES,
    BOUNDARY,
    CONFIDENTIAL,
    DATA,
    DELAYS,
    ENGINEERS,
    INTERNAL,
    ONE_ACCOUNT,
    PERIMETER,
    RESTRICTED,
    TOOLING,
    labelled,
    team_data,
)

INTERNAL_BUCKET = f"arn:aws:s3:::acme-arrivals-internal-{DATA}"
OTHERS = f"arn:aws:s3:::acme-pricing-internal-{DATA}"
JOB = f"arn:aws:sagemaker:eu-west-1:{DATA}:processing-job/arrivals-clean"
KEYS = f"arn:aws:kms:eu-west-1:{DATA}:key/"
ON_ITS_BUDGET: Json = {"aws__RequestTag/team": "arrivals", "aws__TagKeys": ["team"]}


@pytest.fixture(scope="module")
def found() -> Built:
    return built(team_data)


def roles(found: Built) -> dict[str, Json]:
    return {role["RoleName"]: role for role in found.all("AWS::IAM::Role")}


def who(found: Built, name: str) -> Caller:
    """A role with its policies; the ARN of a key ends with the key's logical id."""
    keys = {f"{key}.Arn": KEYS + key for key in found.resources("AWS::KMS::Key")}
    policies = found.resources("AWS::IAM::ManagedPolicy")
    attached = [policies[arn["Ref"]] for arn in roles(found)[f"acme-arrivals.{name}"]["ManagedPolicyArns"]]
    return Caller(policies=[resolved(each["Properties"]["PolicyDocument"], keys) for each in attached], account=DATA)


def test_no_pack_finds_anything(found: Built) -> None:
    assert found.findings == ()


def catalog_statements(made: Built) -> list[Json]:
    return [
        statement
        for policy in made.all("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Sid"] == "UseTheKeyOfTheCatalog"
    ]


def test_the_platforms_key_of_the_catalog_is_known_by_its_alias(found: Built) -> None:
    aliases = [s["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"] for s in catalog_statements(found)]
    assert aliases == ["alias/acme/data/catalog"] * 4  # two kinds of jobs, data engineers, the feature store


def test_the_accounts_own_key_of_the_catalog_is_used_through_glue_alone() -> None:
    key = f"{KEYS}01234567-89ab-cdef-0123-456789abcdef"
    made = built(lambda stack: team_data(stack, own_catalog=OwnCatalog(key_arn=key), feature_groups=[DELAYS]))
    through = {"kms__ViaService": "glue.eu-west-1.amazonaws.com"}
    for name in ("data-jobs-internal", "data-jobs-restricted", "curate", "feature-store"):
        assert who(made, name).may("kms:Decrypt", key, **through), name
        assert not who(made, name).may("kms:Decrypt", key, kms__ViaService="s3.eu-west-1.amazonaws.com"), name
    assert made.findings == ()


def test_a_catalog_under_awss_own_key_or_none_asks_for_no_permission() -> None:
    made = built(lambda stack: team_data(stack, own_catalog=OwnCatalog(), feature_groups=[DELAYS]))
    assert catalog_statements(made) == []


def test_each_classification_has_a_zone_least_sensitive_first(found: Built) -> None:
    names = [bucket["BucketName"] for bucket in found.all("AWS::S3::Bucket")]
    assert names == [f"acme-arrivals-{each}-{DATA}" for each in ("internal", "restricted")]
    assert len(found.all("AWS::KMS::Key")) == len(found.all("AWS::Glue::Database")) == len(names)


def test_the_order_of_classifications_changes_nothing(found: Built) -> None:
    other = built(lambda stack: team_data(stack, classifications=[INTERNAL, RESTRICTED, INTERNAL]))
    assert other.body == found.body


def test_roles_have_the_boundary_and_the_names_that_others_know(found: Built) -> None:
    assert set(roles(found)) == {
        "acme-arrivals.curate",
        "acme-arrivals.data-jobs-internal",
        "acme-arrivals.data-jobs-restricted",
        "acme-arrivals.feature-store",
    }
    for role in roles(found).values():
        assert role["PermissionsBoundary"] == BOUNDARY
        assert role["Path"] == "/acme/arrivals/"


def test_only_sagemaker_for_this_account_takes_on_the_jobs_role(found: Built) -> None:
    trust = roles(found)["acme-arrivals.data-jobs-internal"]["AssumeRolePolicyDocument"]
    source = {"aws__SourceArn": JOB}
    assert (
        Service(principal="sagemaker.amazonaws.com", account=DATA).passes(trust, "sts:AssumeRole", **source) == "Allow"
    )
    stranger = Service(principal="sagemaker.amazonaws.com", account=TOOLING)
    assert stranger.passes(trust, "sts:AssumeRole", **source) == "ImplicitDeny"
    assert Service(principal="glue.amazonaws.com", account=DATA).passes(trust, "sts:AssumeRole", **source) != "Allow"


def test_the_feature_stores_role_is_for_sagemaker_of_this_account_where_it_says_so(found: Built) -> None:
    trust = roles(found)["acme-arrivals.feature-store"]["AssumeRolePolicyDocument"]
    assert Service(principal="sagemaker.amazonaws.com", account=DATA).passes(trust, "sts:AssumeRole") == "Allow"
    assert Service(principal="sagemaker.amazonaws.com", account=None).passes(trust, "sts:AssumeRole") == "Allow"
    assert Service(principal="sagemaker.amazonaws.com", account=TOOLING).passes(trust, "sts:AssumeRole") != "Allow"


RESTRICTED_BUCKET = f"arn:aws:s3:::acme-arrivals-restricted-{DATA}"
ZONES = ("landing", "curated", "features", "labels", "manifests", "elsewhere")
LABELS = f"{INTERNAL_BUCKET}/labels/late-arrival/2026/11/28/06/ground-truth.jsonl"


def test_jobs_read_data_no_more_sensitive_and_write_datasets_and_manifests_as_sensitive(found: Built) -> None:
    jobs, restricted = who(found, "data-jobs-internal"), who(found, "data-jobs-restricted")
    for zone in ZONES:
        for bucket in (INTERNAL_BUCKET, RESTRICTED_BUCKET):
            key = f"{bucket}/{zone}/x/1.json"
            writes = zone in ("curated", "manifests")
            assert restricted.may("s3:GetObjectVersion", key)
            assert restricted.may("s3:PutObject", key) == (writes and bucket == RESTRICTED_BUCKET)
            assert jobs.may("s3:GetObjectVersion", key) == (bucket == INTERNAL_BUCKET)
            assert jobs.may("s3:PutObject", key) == (writes and bucket == INTERNAL_BUCKET)
            assert not jobs.may("s3:DeleteObject", key)
    assert jobs.may("s3:ListBucket", INTERNAL_BUCKET)
    assert not jobs.may("s3:ListBucket", RESTRICTED_BUCKET)


def test_a_manifest_lies_in_the_folder_of_its_dataset(found: Built) -> None:
    jobs = who(found, "data-jobs-internal")
    assert jobs.may("s3:PutObject", f"{INTERNAL_BUCKET}/manifests/flights/0a1b2c.json")
    for key in ("manifests/flights.json", "manifests/flights/0a1b2c.csv", "manifests/flights/0a1b2c"):
        assert not jobs.may("s3:PutObject", f"{INTERNAL_BUCKET}/{key}")


def test_jobs_write_labels_of_their_classification_and_engineers_all(found: Built) -> None:
    restricted_labels = LABELS.replace(INTERNAL_BUCKET, RESTRICTED_BUCKET)
    for name, written in (
        ("data-jobs-internal", {LABELS}),
        ("data-jobs-restricted", {restricted_labels}),
        ("curate", {LABELS, restricted_labels}),
        ("feature-store", set[str]()),
    ):
        someone = who(found, name)
        for key in (LABELS, restricted_labels):
            for action in ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"):
                assert someone.may(action, key) == (key in written), (name, action)
            for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
                assert not someone.may(action, key)
        for bucket in {key.partition("/labels/")[0] for key in written}:
            assert someone.may("s3:ListBucket", bucket, s3__prefix="labels/late-arrival/2026/11/")
    assert not who(found, "curate").may("s3:PutObject", LABELS.replace(INTERNAL_BUCKET, OTHERS))


@pytest.mark.parametrize(
    "key",
    [
        "labels/2026/11/28/06/1.jsonl",
        "labels/late-arrival/2026/11/28/1.jsonl",
        "labels/late-arrival/2026-11-28/1.jsonl",
        "labels/late-arrival/2026/11/28/6/1.jsonl",
        "labels/late-arrival/2026/11/28/06/1.json",
        "labels/late-arrival/2026/11/28/06/1.jsonl.gz",
        "labels/1.jsonl",
    ],
)
def test_labels_lie_in_a_folder_of_their_model_and_hour(found: Built, key: str) -> None:
    for name in ("data-jobs-internal", "curate"):
        assert not who(found, name).may("s3:PutObject", f"{INTERNAL_BUCKET}/{key}")


def test_no_job_carries_anything_down(found: Built) -> None:
    """Whatever a job of restricted data may write or encrypt is restricted; of what is internal it reads."""
    restricted = who(found, "data-jobs-restricted")
    (internal, sensitive) = found.resources("AWS::KMS::Key")
    assert restricted.may("kms:Decrypt", KEYS + internal)
    for action in ("kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant"):
        assert not restricted.may(action, KEYS + internal, kms__GrantIsForAWSResource="true")
        assert restricted.may(action, KEYS + sensitive, kms__GrantIsForAWSResource="true")
    glue = f"arn:aws:glue:eu-west-1:{DATA}"
    for table, written in (("acme_arrivals_internal/x", False), ("acme_arrivals_restricted/x", True)):
        assert restricted.may("glue:GetTable", f"{glue}:table/{table}")
        assert restricted.may("glue:UpdateTable", f"{glue}:table/{table}") == written
    delays = f"arn:aws:sagemaker:eu-west-1:{DATA}:feature-group/arrivals-route-delays"
    assert restricted.may("sagemaker:GetRecord", delays)
    assert not restricted.may("sagemaker:PutRecord", delays)


def test_other_teams_data_is_not_for_jobs(found: Built) -> None:
    jobs = who(found, "data-jobs-restricted")
    for action in ("s3:GetObject", "s3:PutObject"):
        assert not jobs.may(action, f"{OTHERS}/curated/x")


@pytest.mark.parametrize("name", ["data-jobs-internal", "curate", "feature-store"])
def test_the_keys_of_the_teams_data_count_before_their_aliases_do(found: Built, name: str) -> None:
    someone = who(found, name)
    all_keys = found.resources("AWS::KMS::Key")
    for key in [each for each in all_keys if name != "data-jobs-internal" or "Internal" in each]:
        assert someone.may("kms:GenerateDataKey", KEYS + key)
        granted = someone.may("kms:CreateGrant", KEYS + key, kms__GrantIsForAWSResource="true")
        assert granted == (name != "feature-store")
        assert not someone.may("kms:CreateGrant", KEYS + key)
    assert not someone.may("kms:GenerateDataKey", f"{KEYS}theirs")
    assert not someone.may(
        "kms:GenerateDataKey", f"{KEYS}theirs", kms__ResourceAliases=["alias/acme/pricing/data/internal"]
    )
    assert someone.may("kms:GenerateDataKey", f"{KEYS}catalog", kms__ResourceAliases=["alias/acme/data/catalog"])


def test_jobs_run_the_code_and_images_of_their_team(found: Built) -> None:
    jobs = who(found, "data-jobs-internal")
    code = f"arn:aws:s3:::acme-arrivals-artifacts-{TOOLING}"
    assert jobs.may("s3:GetObject", f"{code}/code/abc/job.py")
    assert not jobs.may("s3:GetObject", f"{code}/models/x")
    assert not jobs.may("s3:PutObject", f"{code}/code/abc/job.py")
    pull = "ecr:BatchGetImage"
    assert jobs.may(pull, f"arn:aws:ecr:eu-west-1:{TOOLING}:repository/acme/arrivals/late-arrival")
    assert jobs.may(pull, "arn:aws:ecr:eu-west-1:141502667606:repository/sagemaker-scikit-learn")
    assert not jobs.may(pull, f"arn:aws:ecr:eu-west-1:{TOOLING}:repository/acme/pricing/loan-price")
    assert not jobs.may(pull, "arn:aws:ecr:eu-west-1:999999999999:repository/sagemaker-scikit-learn")


def test_jobs_write_tables_and_features_of_their_team(found: Built) -> None:
    jobs = who(found, "data-jobs-internal")
    glue = f"arn:aws:glue:eu-west-1:{DATA}"
    assert jobs.may("glue:CreateTable", f"{glue}:table/acme_arrivals_internal/flights")
    assert not jobs.may("glue:CreateTable", f"{glue}:table/acme_pricing_internal/loans")
    assert not jobs.may("glue:DeleteTable", f"{glue}:table/acme_arrivals_internal/flights")
    groups = f"arn:aws:sagemaker:eu-west-1:{DATA}:feature-group"
    assert jobs.may("sagemaker:PutRecord", f"{groups}/arrivals-route-delays")
    assert not jobs.may("sagemaker:PutRecord", f"{groups}/pricing-loans")


def test_engineers_land_raw_data_and_write_nothing_else_but_labels(found: Built) -> None:
    engineers = who(found, "curate")
    for zone in ZONES:
        for action in ("s3:PutObject", "s3:DeleteObject"):
            assert engineers.may(action, f"{INTERNAL_BUCKET}/{zone}/x") == (zone == "landing")
        assert engineers.may("s3:GetObject", f"{INTERNAL_BUCKET}/{zone}/x")
        assert not engineers.may("s3:DeleteObjectVersion", f"{INTERNAL_BUCKET}/{zone}/x")
    assert not engineers.may("s3:GetObject", f"{OTHERS}/curated/x")
    assert not engineers.may("sagemaker:PutRecord", f"arn:aws:sagemaker:eu-west-1:{DATA}:feature-group/arrivals-x")


@pytest.mark.usefixtures("either_spelling")
def test_engineers_run_jobs_only_isolated_from_the_world(found: Built) -> None:
    engineers = who(found, "curate")
    (key, *_) = found.resources("AWS::KMS::Key")
    good: Json = {
        "sagemaker__VpcSubnets": list(NETWORK.subnet_ids),
        "sagemaker__VpcSecurityGroupIds": [NETWORK.workload_security_group_id],
        "sagemaker__VolumeKmsKey": KEYS + key,
        "sagemaker__InterContainerTrafficEncryption": "true",
        "sagemaker__InstanceTypes": ["ml.m5.large"],
        **ON_ITS_BUDGET,
    }
    make = "sagemaker:CreateProcessingJob"
    assert engineers.may(make, JOB, **good)
    assert not engineers.may(make, JOB.replace("arrivals-", "pricing-"), **good)
    for left_out in good:
        if left_out != "sagemaker__InstanceTypes":
            assert not engineers.may(make, JOB, **{name: value for name, value in good.items() if name != left_out})
    worse_ones: tuple[Json, ...] = (
        {"sagemaker__VpcSubnets": ["subnet-public"]},
        {"sagemaker__VolumeKmsKey": "arn:aws:kms:eu-west-1:999999999999:key/theirs"},
        {"sagemaker__InterContainerTrafficEncryption": "false"},
        {"sagemaker__InstanceTypes": ["ml.p5.48xlarge"]},
        {"aws__RequestTag/team": "pricing"},
    )
    for worse in worse_ones:
        assert not engineers.may(make, JOB, **{**good, **worse})


def test_engineers_tag_a_job_only_while_they_create_it(found: Built) -> None:
    engineers = who(found, "curate")
    assert engineers.may("sagemaker:AddTags", JOB, sagemaker__TaggingAction="CreateProcessingJob", **ON_ITS_BUDGET)
    other = {**ON_ITS_BUDGET, "aws__RequestTag/team": "pricing"}
    assert not engineers.may("sagemaker:AddTags", JOB, sagemaker__TaggingAction="CreateProcessingJob", **other)
    assert not engineers.may("sagemaker:AddTags", JOB)


def test_engineers_pass_the_jobs_role_and_no_other(found: Built) -> None:
    engineers = who(found, "curate")
    to_sagemaker = {"iam__PassedToService": "sagemaker.amazonaws.com"}
    for each in (INTERNAL, RESTRICTED):
        assert engineers.may("iam:PassRole", ADDRESSES.data_jobs_role("arrivals", each), **to_sagemaker)
        assert not engineers.may("iam:PassRole", ADDRESSES.data_jobs_role("pricing", each), **to_sagemaker)
    assert not engineers.may("iam:PassRole", ADDRESSES.duty_role(DATA, "arrivals", "feature-store"), **to_sagemaker)
    to_glue = {"iam__PassedToService": "glue.amazonaws.com"}
    assert not engineers.may("iam:PassRole", ADDRESSES.data_jobs_role("arrivals", INTERNAL), **to_glue)


def test_engineers_see_the_logs_of_their_teams_jobs(found: Built) -> None:
    engineers = who(found, "curate")
    logs = f"arn:aws:logs:eu-west-1:{DATA}:log-group:/aws/sagemaker/ProcessingJobs:log-stream"
    assert engineers.may("logs:GetLogEvents", f"{logs}:arrivals-clean/algo-1")
    assert not engineers.may("logs:GetLogEvents", f"{logs}:pricing-clean/algo-1")
    assert engineers.may("logs:DescribeLogGroups")
    assert not engineers.may("logs:FilterLogEvents", logs.removesuffix(":log-stream"))


def test_all_that_roles_may_do_is_within_the_boundary(found: Built) -> None:
    used = {
        action
        for policy in found.all("AWS::IAM::ManagedPolicy")
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
        for action in each["Action"]
    }
    assert used <= set(actions_in_use())


def test_policies_fit_for_the_longest_names_and_all_classifications() -> None:
    longest = built(
        lambda stack: team_data(
            stack,
            platform="abcdefghijkl",
            team="abcdefghijklmnopqrst",
            addresses=replace(ADDRESSES, platform="abcdefghijkl", region="ap-northeast-1"),
            perimeter=replace(PERIMETER, region="ap-northeast-1"),
            classifications=list(DataClassification),
            network=replace(NETWORK, subnet_ids=[f"subnet-{number:017d}" for number in range(4)]),
        )
    )
    keys = {f"{key}.Arn": f"{KEYS}00000000-0000-0000-0000-000000000000" for key in longest.resources("AWS::KMS::Key")}
    for policy in longest.all("AWS::IAM::ManagedPolicy"):
        assert size_in_iam(resolved(policy["PolicyDocument"], keys)) <= MANAGED_POLICY_MAX_CHARACTERS


def test_without_engineers_nobody_lands_data_and_without_features_there_is_no_feature_store() -> None:
    least = built(lambda stack: team_data(stack, engineers=(), feature_groups=()))
    assert list(roles(least)) == ["acme-arrivals.data-jobs-internal", "acme-arrivals.data-jobs-restricted"]
    assert "AWS::RAM::ResourceShare" not in least.types


def test_in_one_account_nothing_is_shared_with_another() -> None:
    one = built(
        lambda stack: team_data(
            stack,
            addresses=ONE_ACCOUNT,
            perimeter=replace(PERIMETER, organization_id=None),
            sign_in=IamSignIn(account=DATA),
        )
    )
    assert one.findings == ()
    assert "AWS::RAM::ResourceShare" not in one.types
    assert "RolesOfTheTeam" not in str(one.body)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"classifications": []}, "REP-063"),
        ({"classifications": [CONFIDENTIAL]}, "REP-063"),
        ({"perimeter": replace(PERIMETER, organization_id=None)}, "REP-064"),
        (
            {
                "addresses": ONE_ACCOUNT,
                "perimeter": replace(PERIMETER, organization_id=None),
                "labelled_models": [labelled()],
            },
            "REP-064",
        ),
        ({"labelled_models": [labelled(classification=CONFIDENTIAL)]}, "REP-066"),
        ({"labelled_models": [labelled(), labelled(reader_account=DATA)]}, "REP-066"),
        ({"labelled_models": [labelled(f"model-{number}") for number in range(11)]}, "REP-066"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_created(options: Json, code: str) -> None:
    message, created = refused(lambda stack: team_data(stack, **options))
    assert message.startswith(code)
    assert not [path for path in created if path.startswith("Alone/Team")]


def test_a_feature_group_without_a_zone_is_named() -> None:
    message, _ = refused(lambda stack: team_data(stack, classifications=[CONFIDENTIAL]))
    assert DELAYS.name in message


def test_engineers_come_by_the_platforms_sign_in(found: Built) -> None:
    (trust,) = roles(found)["acme-arrivals.curate"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:PrincipalTag/email"] == sorted(ENGINEERS)
    assert trust["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_it_can_be_made_in_a_stack_that_knows_no_account() -> None:
    alone = built(
        lambda stack: team_data(
            stack,
            perimeter=replace(PERIMETER, partition=stack.partition, account=stack.account, region=stack.region),
        )
    )
    assert alone.findings == ()
