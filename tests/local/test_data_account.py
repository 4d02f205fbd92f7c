"""A team's data, deployed: what its roles in three accounts may do with it, decided by the local AWS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aws_cdk import Stack as CdkStack

from mlops_stages.foundation import IamSignIn, Network, Perimeter, Statement, import_bucket
from mlops_stages.initial import OwnNetworkOptions
from mlops_stages.local.client import honesty
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable import (
    DataAccount,
    FeatureGroupSpec,
    LabelledModel,
    TeamData,
    read_labels,
    read_shared_data,
)
from tests.foundation.built import REGION, built
from tests.local.clients import Credentials, LocalAws, policy, refusal
from tests.local.stacks import Stack
from tests.repeatable.data_given import DELAYS, ENGINEERS, INTERNAL, RESTRICTED

TEAM, OTHER_TEAM = "arrivals", "pricing"
SHARED = [INTERNAL, RESTRICTED]
MODELS = ("late-arrival", "gate-change")
Client = Callable[[str], Any]


@dataclass(frozen=True)
class Platform:
    """A data account with two teams in it, and the accounts around it."""

    aws: LocalAws
    addresses: Addresses
    stranger: str
    network: Network

    def bucket(self, classification: Any = INTERNAL, team: str = TEAM) -> str:  # noqa: ANN401 - a classification
        return self.addresses.data_bucket(team, classification)

    def role(self, account: str, *, team: str = TEAM, reads: str = TEAM) -> Client:
        """A new role of a team in an account, allowed to read the shared data of a team; its clients."""
        statements = read_shared_data(self.addresses, reads, SHARED)
        return self._role(account, team, f"acme-{team}-{secrets.token_hex(4)}", statements)

    def monitor(self) -> Client:
        """The role that judges the first model, in production."""
        account, duty = self.addresses.account_of("production"), self.addresses.monitor_duty("production")
        statements = read_labels(self.addresses, TEAM, MODELS[0], INTERNAL)
        return self._role(account, TEAM, self.addresses.model_role_name(MODELS[0], duty), statements)

    def _role(self, account: str, team: str, name: str, statements: Sequence[Statement]) -> Client:
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
        }
        iam = self.aws.client("iam", account)
        arn = iam.create_role(RoleName=name, Path=f"/acme/{team}/", AssumeRolePolicyDocument=policy(trust))["Role"][
            "Arn"
        ]
        # What no policy here should let through: the data account's own policies must refuse it.
        own = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject*"], "Resource": "*"}
        document = policy(*(each.to_json() for each in statements), own)
        iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document)
        return self._clients(self.aws.assume(arn))

    def jobs(self, classification: DataClassification = INTERNAL) -> Client:
        """The team's data jobs of one classification."""
        role = self.addresses.data_jobs_role(TEAM, classification)
        source = f"arn:aws:sagemaker:{REGION}:{self.addresses.data}:processing-job/{TEAM}-clean"
        return self._session(role_arn=role, service="sagemaker.amazonaws.com", source_arn=source)

    def feature_store(self) -> Client:
        """SageMaker's feature store, which writes the history of the team's features."""
        role = self.addresses.duty_role(self.addresses.data, TEAM, "feature-store")
        source = f"arn:aws:sagemaker:{REGION}:{self.addresses.data}:feature-group/{TEAM}-route-delays"
        return self._session(role_arn=role, service="sagemaker.amazonaws.com", source_arn=source)

    def engineer(self) -> Client:
        """A data engineer of the team."""
        role = self.addresses.duty_role(self.addresses.data, TEAM, "curate")
        sign_in = {"method": "iam", "account": self.addresses.experimentation, "mfa": False}
        return self._session(role_arn=role, email=ENGINEERS[0], sign_in=sign_in)

    def administrator(self) -> Client:
        """Whoever may do everything in the data account, as far as identity policies go."""
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return self._clients(self.aws.as_role(self.addresses.data, everything))

    def _session(self, **asked: Any) -> Client:  # noqa: ANN401 - as the front takes it
        status, answer = self.aws.ask("POST", "/_mlops-stages/sessions", asked)
        assert status == 200, answer
        return self._clients(Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]))

    def _clients(self, who: Credentials) -> Client:
        return lambda service: self.aws.client(service, who)


def deployed(aws: LocalAws, addresses: Addresses) -> Network:
    """The data account's stack and those of two teams; where its jobs run."""
    perimeter = Perimeter(
        partition="aws", account=addresses.data, region=REGION, organization_id=addresses.organization_id
    )
    shared = built(
        lambda stack: DataAccount(
            stack,
            "Account",
            platform="acme",
            owner="platform@acme.example",
            perimeter=perimeter,
            addresses=addresses,
            network=OwnNetworkOptions(cidr="10.22.0.0/16"),
            with_audit_trail=False,
        )
    )
    account = Stack(aws, addresses.data)
    account.create(shared.body["Resources"])
    (logs,) = shared.resources("AWS::S3::Bucket")
    (group,) = [
        name
        for name, found in shared.resources("AWS::EC2::SecurityGroup").items()
        if found["Properties"]["GroupDescription"].startswith("SageMaker")
    ]
    network = Network(
        vpc_id=account.id_of(*shared.resources("AWS::EC2::VPC")),
        subnet_ids=[account.id_of(name) for name in shared.resources("AWS::EC2::Subnet")],
        workload_security_group_id=account.id_of(group),
    )

    def team_data(stack: CdkStack, team: str, groups: Sequence[FeatureGroupSpec]) -> TeamData:
        return TeamData(
            stack,
            "Team",
            platform="acme",
            team=team,
            addresses=addresses,
            perimeter=perimeter,
            permissions_boundary_arn=perimeter.global_arn("iam", "policy/acme-data-boundary"),
            access_log_bucket=import_bucket(stack, "AccessLogs", name=account.id_of(logs)),
            network=network,
            classifications=SHARED,
            engineers=ENGINEERS,
            sign_in=IamSignIn(account=addresses.experimentation, mfa=False),
            feature_groups=groups,
            labelled_models=[
                LabelledModel(
                    name=model,
                    classification=INTERNAL,
                    reader_account=addresses.account_of("production"),
                    reader_role_arn=addresses.monitor_role(team, model, "production"),
                )
                for model in (MODELS if team == TEAM else ())
            ],
        )

    Stack(aws, addresses.data).create(built(lambda stack: team_data(stack, TEAM, [DELAYS])).body["Resources"])
    Stack(aws, addresses.data).create(built(lambda stack: team_data(stack, OTHER_TEAM, [])).body["Resources"])
    return network


def addresses_of(*accounts: str, organization: str | None) -> Addresses:
    experimentation, development, tooling, data, production = accounts
    return Addresses(
        platform="acme",
        partition="aws",
        region=REGION,
        experimentation=experimentation,
        development=development,
        tooling=tooling,
        data=data,
        production=production,
        organization_id=organization,
    )


@pytest.fixture(scope="module")
def platform(local_aws: LocalAws) -> Platform:
    accounts = [str(100_000_000_000 + secrets.randbelow(800_000_000_000)) for _ in range(6)]
    organization = f"o-{secrets.token_hex(5)}"
    status, _ = local_aws.ask("POST", "/_mlops-stages/organization", {"id": organization, "accounts": accounts[:5]})
    assert status == 200
    addresses = addresses_of(*accounts[:5], organization=organization)
    return Platform(local_aws, addresses, accounts[5], deployed(local_aws, addresses))


@pytest.fixture(scope="module")
def versions(platform: Platform) -> list[str]:
    """Two versions of an object in `features`, which the feature store may replace, in each bucket."""
    s3 = platform.feature_store()("s3")
    written: list[str] = []
    for body in (b"first", b"second"):
        for classification in SHARED:
            put = s3.put_object(Bucket=platform.bucket(classification), Key="features/delays", Body=body)
            if classification == INTERNAL:
                written.append(put["VersionId"])
    return written


def test_a_role_of_the_team_in_experimentation_reads_an_object_and_its_older_version(
    platform: Platform, versions: list[str]
) -> None:
    s3 = platform.role(platform.addresses.experimentation)("s3")
    place = {"Bucket": platform.bucket(), "Key": "features/delays"}
    assert s3.get_object(**place)["Body"].read() == b"second"
    assert s3.get_object(**place, VersionId=versions[0])["Body"].read() == b"first"
    listed = s3.list_object_versions(Bucket=platform.bucket(), Prefix="features/")["Versions"]
    assert {found["VersionId"] for found in listed} >= set(versions)
    assert s3.list_objects_v2(Bucket=platform.bucket(), Prefix="features/")["KeyCount"] == 1


def test_it_writes_and_deletes_nothing(platform: Platform, versions: list[str]) -> None:
    s3 = platform.role(platform.addresses.experimentation)("s3")
    place = {"Bucket": platform.bucket(), "Key": "features/delays"}
    refusal(lambda: s3.put_object(**place, Body=b"other"))
    refusal(lambda: s3.delete_object(**place))
    refusal(lambda: s3.delete_object(**place, VersionId=versions[0]))


def test_it_sees_no_raw_data_and_no_other_teams(platform: Platform) -> None:
    platform.engineer()("s3").put_object(Bucket=platform.bucket(), Key="landing/raw", Body=b"1")
    s3 = platform.role(platform.addresses.experimentation)("s3")
    refusal(lambda: s3.get_object(Bucket=platform.bucket(), Key="landing/raw"))
    refusal(lambda: s3.list_objects_v2(Bucket=platform.bucket(), Prefix="landing/"))
    refusal(lambda: s3.list_objects_v2(Bucket=platform.bucket()))
    refusal(lambda: s3.list_objects_v2(Bucket=platform.bucket(team=OTHER_TEAM), Prefix="features/"))


@pytest.mark.usefixtures("versions")
def test_a_role_of_another_team_is_refused_whatever_its_own_policy_says(platform: Platform) -> None:
    for account in (platform.addresses.experimentation, platform.addresses.development):
        s3 = platform.role(account, team=OTHER_TEAM, reads=TEAM)("s3")
        refusal(lambda s3=s3: s3.get_object(Bucket=platform.bucket(), Key="features/delays"))
        refusal(lambda s3=s3: s3.list_objects_v2(Bucket=platform.bucket(), Prefix="features/"))


@pytest.mark.usefixtures("versions")
def test_restricted_data_is_refused_to_experimentation_and_open_to_development(platform: Platform) -> None:
    place = {"Bucket": platform.bucket(RESTRICTED), "Key": "features/delays"}
    refusal(lambda: platform.role(platform.addresses.experimentation)("s3").get_object(**place))
    assert platform.role(platform.addresses.development)("s3").get_object(**place)["Body"].read() == b"second"


@pytest.mark.usefixtures("versions")
def test_a_role_of_a_stranger_is_refused_under_the_same_name(platform: Platform) -> None:
    s3 = platform.role(platform.stranger)("s3")
    refusal(lambda: s3.get_object(Bucket=platform.bucket(), Key="features/delays"))
    refusal(lambda: s3.list_objects_v2(Bucket=platform.bucket(), Prefix="features/"))


@pytest.mark.usefixtures("versions")
def test_the_key_opens_for_s3_and_not_by_hand(platform: Platform) -> None:
    kms = platform.role(platform.addresses.development)("kms")
    key = platform.aws.client("kms", platform.addresses.data).describe_key(
        KeyId=platform.addresses.data_key_alias(TEAM, INTERNAL)
    )["KeyMetadata"]["Arn"]
    sealed = platform.aws.client("kms", platform.addresses.data)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    refusal(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"))
    assert sealed.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_a_job_writes_a_dataset_and_its_manifest_once(platform: Platform) -> None:
    s3 = platform.jobs()("s3")
    for key in ("curated/flights/1/part-0", "manifests/flights/1.json"):
        place = {"Bucket": platform.bucket(), "Key": key}
        refusal(lambda place=place: s3.put_object(**place, Body=b"1"))
        version = s3.put_object(**place, Body=b"1", IfNoneMatch="*")["VersionId"]
        refusal(lambda place=place: s3.put_object(**place, Body=b"2", IfNoneMatch="*"), code="PreconditionFailed")
        refusal(lambda place=place: s3.delete_object(**place))
        refusal(lambda place=place, version=version: s3.delete_object(**place, VersionId=version))


def test_labels_are_written_once_by_jobs_and_engineers_and_read_by_the_team_elsewhere(platform: Platform) -> None:
    reader, folder = platform.role(platform.addresses.development)("s3"), "labels/late-arrival/2013/09/01/06/"
    for file, who in (("job", platform.jobs()), ("engineer", platform.engineer())):
        s3 = who("s3")
        place = {"Bucket": platform.bucket(), "Key": f"{folder}{file}.jsonl"}
        refusal(lambda s3=s3, place=place: s3.put_object(**place, Body=b"1"))
        version = s3.put_object(**place, Body=b"1", IfNoneMatch="*")["VersionId"]
        refusal(
            lambda s3=s3, place=place: s3.put_object(**place, Body=b"2", IfNoneMatch="*"), code="PreconditionFailed"
        )
        refusal(lambda s3=s3, place=place: s3.delete_object(**place))
        refusal(lambda s3=s3, place=place, version=version: s3.delete_object(**place, VersionId=version))
        astray = {**place, "Key": f"labels/late-arrival/{file}.jsonl"}
        refusal(lambda s3=s3, astray=astray: s3.put_object(**astray, Body=b"1", IfNoneMatch="*"))
        assert reader.get_object(**place)["Body"].read() == b"1"
    refusal(lambda: reader.put_object(Bucket=platform.bucket(), Key=f"{folder}x.jsonl", Body=b"1", IfNoneMatch="*"))
    stranger = platform.role(platform.addresses.development, team=OTHER_TEAM, reads=TEAM)("s3")
    refusal(lambda: stranger.get_object(Bucket=platform.bucket(), Key=f"{folder}job.jsonl"))


def test_production_reads_the_labels_of_the_model_that_it_judges_and_no_others(platform: Platform) -> None:
    s3, monitor = platform.engineer()("s3"), platform.monitor()("s3")
    for model in MODELS:
        key = f"labels/{model}/2013/09/01/07/1.jsonl"
        s3.put_object(Bucket=platform.bucket(), Key=key, Body=b"1", IfNoneMatch="*")
    own, other = (f"labels/{model}/2013/09/01/07/" for model in MODELS)
    assert monitor.list_objects_v2(Bucket=platform.bucket(), Prefix=own)["KeyCount"] == 1
    assert monitor.get_object(Bucket=platform.bucket(), Key=f"{own}1.jsonl")["Body"].read() == b"1"
    refusal(lambda: monitor.list_objects_v2(Bucket=platform.bucket(), Prefix=other))
    refusal(lambda: monitor.get_object(Bucket=platform.bucket(), Key=f"{other}1.jsonl"))
    refusal(lambda: monitor.list_objects_v2(Bucket=platform.bucket()))
    refusal(lambda: monitor.put_object(Bucket=platform.bucket(), Key=f"{own}2.jsonl", Body=b"2", IfNoneMatch="*"))


def test_a_job_reads_raw_data_and_does_not_land_any(platform: Platform) -> None:
    platform.engineer()("s3").put_object(Bucket=platform.bucket(), Key="landing/flights.csv", Body=b"1")
    s3 = platform.jobs()("s3")
    assert s3.get_object(Bucket=platform.bucket(), Key="landing/flights.csv")["Body"].read() == b"1"
    refusal(lambda: s3.put_object(Bucket=platform.bucket(), Key="landing/flights.csv", Body=b"2"))
    refusal(lambda: s3.put_object(Bucket=platform.bucket(team=OTHER_TEAM), Key="features/x", Body=b"2"))
    refusal(lambda: s3.get_object(Bucket=platform.bucket(team=OTHER_TEAM), Key="features/x"))


@pytest.mark.usefixtures("versions")
def test_a_job_writes_no_history_of_features_and_nothing_less_sensitive_than_it_reads(platform: Platform) -> None:
    for classification, other in ((INTERNAL, RESTRICTED), (RESTRICTED, INTERNAL)):
        s3, place = platform.jobs(classification)("s3"), {"Body": b"1", "IfNoneMatch": "*"}
        places = [
            {"Bucket": platform.bucket(other), "Key": "curated/flights/2/part-0"},
            {"Bucket": platform.bucket(other), "Key": "manifests/flights/2.json"},
            {"Bucket": platform.bucket(classification), "Key": "features/delays"},
        ]
        for each in places:
            refusal(lambda s3=s3, asked={**each, **place}: s3.put_object(**asked))
    place = {"Key": "features/delays"}
    assert platform.jobs(RESTRICTED)("s3").get_object(Bucket=platform.bucket(), **place)["Body"].read() == b"second"
    refusal(lambda: platform.jobs()("s3").get_object(Bucket=platform.bucket(RESTRICTED), **place))


def test_an_engineer_lands_raw_data_and_writes_nothing_else(platform: Platform) -> None:
    s3 = platform.engineer()("s3")
    place = {"Bucket": platform.bucket(), "Key": "landing/2013/01.csv"}
    version = s3.put_object(**place, Body=b"1")["VersionId"]
    s3.put_object(**place, Body=b"2")
    s3.delete_object(**place)
    assert s3.get_object(**place, VersionId=version)["Body"].read() == b"1"
    refusal(lambda: s3.delete_object(**place, VersionId=version))
    for key in ("curated/x", "manifests/x", "features/x", "elsewhere"):
        refusal(lambda key=key: s3.put_object(Bucket=platform.bucket(), Key=key, Body=b"1", IfNoneMatch="*"))


def test_not_even_an_administrator_writes_replaces_or_deletes(platform: Platform, versions: list[str]) -> None:
    s3 = platform.administrator()("s3")
    for key in ("landing/x", "curated/x", "manifests/x", "features/x", "labels/m/2013/09/01/06/x.jsonl", "elsewhere"):
        refusal(lambda key=key: s3.put_object(Bucket=platform.bucket(), Key=key, Body=b"1", IfNoneMatch="*"))
    refusal(lambda: s3.delete_object(Bucket=platform.bucket(), Key="features/delays", VersionId=versions[0]))


def test_an_engineer_runs_jobs_in_the_network_under_the_jobs_role_only(platform: Platform) -> None:
    asked = _job(platform)
    sagemaker = platform.engineer()("sagemaker")
    own_role = platform.addresses.duty_role(platform.addresses.data, TEAM, "curate")
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "ProcessingJobName": f"{OTHER_TEAM}-x"}))
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "NetworkConfig": {"EnableNetworkIsolation": False}}))
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "RoleArn": own_role}))
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "Tags": [{"Key": "team", "Value": OTHER_TEAM}]}))
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "Tags": []}))
    cluster = {**asked["ProcessingResources"]["ClusterConfig"], "InstanceType": "ml.p3.16xlarge"}
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "ProcessingResources": {"ClusterConfig": cluster}}))
    del cluster["VolumeKmsKeyId"]
    cluster["InstanceType"] = "ml.m5.large"
    refusal(lambda: sagemaker.create_processing_job(**{**asked, "ProcessingResources": {"ClusterConfig": cluster}}))
    sagemaker.create_processing_job(**asked)
    assert (
        sagemaker.describe_processing_job(ProcessingJobName=asked["ProcessingJobName"])["RoleArn"] == asked["RoleArn"]
    )


def _job(platform: Platform) -> dict[str, Any]:
    key = platform.aws.client("kms", platform.addresses.data).describe_key(
        KeyId=platform.addresses.data_key_alias(TEAM, INTERNAL)
    )["KeyMetadata"]["Arn"]
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30, "VolumeKmsKeyId": key}
    return {
        "ProcessingJobName": f"{TEAM}-{secrets.token_hex(4)}",
        "Tags": [{"Key": "team", "Value": TEAM}],
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": f"{platform.addresses.image_uri(TEAM, 'late-arrival')}:1"},
        "RoleArn": platform.addresses.data_jobs_role(TEAM, INTERNAL),
        "NetworkConfig": {
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": {
                "Subnets": list(platform.network.subnet_ids),
                "SecurityGroupIds": [platform.network.workload_security_group_id],
            },
        },
    }


def test_features_are_written_by_jobs_and_read_by_the_team_in_other_accounts(platform: Platform) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{platform.addresses.data}:feature-group/{TEAM}-route-delays"
    record = [
        {"FeatureName": "route", "ValueAsString": "JFK-LAX"},
        {"FeatureName": "observed_at", "ValueAsString": "2013-09-01T00:00:00Z"},
        {"FeatureName": "mean_delay", "ValueAsString": "7.5"},
    ]
    writes = platform.jobs()("sagemaker-featurestore-runtime")
    writes.put_record(FeatureGroupName=f"{TEAM}-route-delays", Record=record)
    asked = {"FeatureGroupName": arn, "RecordIdentifierValueAsString": "JFK-LAX"}
    for account in (platform.addresses.experimentation, platform.addresses.development):
        reads = platform.role(account)
        assert reads("sagemaker-featurestore-runtime").get_record(**asked)["Record"] == record
        assert reads("sagemaker").describe_feature_group(FeatureGroupName=arn)["FeatureGroupStatus"] == "Created"
        refusal(
            lambda reads=reads: reads("sagemaker-featurestore-runtime").put_record(FeatureGroupName=arn, Record=record)
        )
        other = platform.role(account, team=OTHER_TEAM, reads=TEAM)("sagemaker-featurestore-runtime")
        assert "kms:Decrypt" in refusal(lambda other=other: other.get_record(**asked))
    stranger = platform.role(platform.stranger)("sagemaker-featurestore-runtime")
    refusal(lambda: stranger.get_record(**asked))


def test_the_history_of_features_has_a_table_in_the_teams_database(platform: Platform) -> None:
    glue = platform.engineer()("glue")
    table = glue.get_table(DatabaseName="acme_arrivals_internal", Name="route_delays")["Table"]
    assert table["StorageDescriptor"]["Location"].startswith(f"s3://{platform.bucket()}/features/")
    database = glue.get_database(Name="acme_arrivals_internal")["Database"]
    assert database["LocationUri"] == f"s3://{platform.bucket()}/curated/"
    refusal(lambda: glue.get_table(DatabaseName="acme_pricing_internal", Name="any"))
    refusal(lambda: glue.delete_table(DatabaseName="acme_arrivals_internal", Name="route_delays"))


def test_all_that_is_declared_is_held(platform: Platform) -> None:
    ours = [found for found in honesty.declared(platform.aws.endpoint) if found.account == platform.addresses.data]
    report = honesty.Comparison(platform.aws.endpoint).compare(ours)
    assert report.accepted == ()
    assert {(left.type, left.property) for left in report.unchecked} <= {("AWS::KMS::Key", "PendingWindowInDays")}


def test_one_account_for_all_purposes_works_without_an_organization(local_aws: LocalAws, account: str) -> None:
    addresses = addresses_of(*[account] * 5, organization=None)
    one = Platform(local_aws, addresses, str(int(account) + 1), deployed(local_aws, addresses))
    place = {"Bucket": one.bucket(RESTRICTED), "Key": "curated/flights/1"}
    one.jobs(RESTRICTED)("s3").put_object(**place, Body=b"1", IfNoneMatch="*")
    assert one.role(account)("s3").get_object(**place)["Body"].read() == b"1"
    refusal(lambda: one.role(account)("s3").put_object(**place, Body=b"2", IfNoneMatch="*"))
    refusal(lambda: one.role(one.stranger)("s3").get_object(**place))
    labels = {"Bucket": one.bucket(), "Key": f"labels/{MODELS[0]}/2013/09/01/06/1.jsonl"}
    one.engineer()("s3").put_object(**labels, Body=b"1", IfNoneMatch="*")
    monitor = one.monitor()("s3")
    assert monitor.get_object(**labels)["Body"].read() == b"1"
    refusal(lambda: monitor.list_objects_v2(Bucket=one.bucket(), Prefix=f"labels/{MODELS[1]}/"))


def test_sharing_outside_the_organization_is_refused(local_aws: LocalAws, account: str) -> None:
    others = [str(int(account) + number) for number in (1, 2, 3)]
    organization = f"o-{secrets.token_hex(5)}"
    local_aws.ask("POST", "/_mlops-stages/organization", {"id": organization, "accounts": [account]})
    with pytest.raises(Exception, match="can only be shared within your AWS Organization"):
        deployed(local_aws, addresses_of(*others, account, account, organization=organization))
