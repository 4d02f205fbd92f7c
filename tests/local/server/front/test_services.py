"""The services that neither emulator has: what they answer, keep and refuse."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.tagging import TAGGING
from mlops_stages.local.server.front import services
from mlops_stages.local.server.front.services import Scope, ServiceError
from tests.local.stacks import Value

HERE = Scope(account="111111111111", region="eu-west-1")
ROLE = "arn:aws:iam::111111111111:role/worker"
EXPRESSION = {"Dimensions": {"Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "Values": ["100"]}}
names = iter(range(1_000_000))


def ask(operation: str, service: str = "sagemaker", scope: Scope = HERE, /, **parameters: Value) -> dict[str, Any]:
    return services.dispatch(service, operation, parameters, scope)


def refused(operation: str, service: str = "sagemaker", **parameters: Value) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        ask(operation, service, **parameters)
    return error.value


def domain(**more: Value) -> dict[str, Any]:
    given: dict[str, Any] = {
        "DomainName": f"acme-{next(names)}",
        "AuthMode": "IAM",
        "AppNetworkAccessType": "VpcOnly",
        "VpcId": "vpc-1",
        "SubnetIds": ["subnet-1"],
        "DefaultUserSettings": {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"]},
        **more,
    }
    return ask("CreateDomain", **{name: value for name, value in given.items() if value is not None})


def test_a_domain_is_described_as_it_was_created() -> None:
    created = domain(KmsKeyId="key-1", Tags=[{"Key": "team", "Value": "fraud"}])
    found = ask("DescribeDomain", DomainId=created["DomainId"])
    assert found["KmsKeyId"] == "key-1"
    assert found["Status"] == "InService"
    assert found["Url"] == created["Url"] == f"https://{created['DomainId']}.studio.eu-west-1.sagemaker.aws"
    assert ask("ListTags", ResourceArn=created["DomainArn"])["Tags"] == [{"Key": "team", "Value": "fraud"}]


def test_a_domain_is_known_in_its_own_account_and_region_only() -> None:
    created = domain()
    for elsewhere in (
        Scope(account="222222222222", region="eu-west-1"),
        Scope(account="111111111111", region="us-east-1"),
    ):
        with pytest.raises(ServiceError, match="ResourceNotFound"):
            ask("DescribeDomain", "sagemaker", elsewhere, DomainId=created["DomainId"])


def test_every_fault_of_a_request_is_told_at_once() -> None:
    error = refused("CreateDomain", DomainName="-x", AuthMode="LDAP", Colour="red")
    assert error.code == "ValidationException"
    for part in ("'DefaultUserSettings'", "'DomainName'", "'AuthMode'", "'Colour'"):
        assert part in error.message


def test_a_domain_without_internet_needs_network_and_security_groups() -> None:
    assert "SubnetIds" in refused_domain(SubnetIds=None)
    assert "SecurityGroups" in refused_domain(DefaultUserSettings={"ExecutionRole": ROLE})


def refused_domain(**more: Value) -> str:
    with pytest.raises(ServiceError) as error:
        domain(**more)
    return error.value.message


def test_two_domains_of_one_name_are_refused() -> None:
    domain(DomainName="only-one")
    with pytest.raises(ServiceError, match="ResourceInUse"):
        domain(DomainName="only-one")


def test_a_domains_settings_change_only_where_the_update_names_them() -> None:
    studio = domain()["DomainId"]
    ask("UpdateDomain", DomainId=studio, DefaultUserSettings={"StudioWebPortal": "ENABLED"})
    found = ask("DescribeDomain", DomainId=studio)["DefaultUserSettings"]
    assert found == {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"], "StudioWebPortal": "ENABLED"}


def test_an_update_that_would_break_a_domain_leaves_it_as_it_was() -> None:
    studio = domain()["DomainId"]
    before = ask("DescribeDomain", DomainId=studio)
    refused("UpdateDomain", DomainId=studio, SubnetIds=[])
    assert ask("DescribeDomain", DomainId=studio) == before


def test_a_user_profile_belongs_to_a_domain() -> None:
    assert refused("CreateUserProfile", DomainId="d-nowhere", UserProfileName="ann").code == "ResourceNotFound"
    studio = domain()["DomainId"]
    arn = ask("CreateUserProfile", DomainId=studio, UserProfileName="ann")["UserProfileArn"]
    assert arn == f"arn:aws:sagemaker:eu-west-1:111111111111:user-profile/{studio}/ann"
    assert refused("CreateUserProfile", DomainId=studio, UserProfileName="ann").code == "ResourceInUse"
    listed = ask("ListUserProfiles", DomainIdEquals=studio)["UserProfiles"]
    assert [profile["UserProfileName"] for profile in listed] == ["ann"]


def test_a_domain_goes_only_when_its_profiles_are_gone() -> None:
    studio = domain()["DomainId"]
    ask("CreateUserProfile", DomainId=studio, UserProfileName="ann")
    assert refused("DeleteDomain", DomainId=studio).code == "ResourceInUse"
    ask("DeleteUserProfile", DomainId=studio, UserProfileName="ann")
    ask("DeleteDomain", DomainId=studio)
    assert refused("DescribeDomain", DomainId=studio).code == "ResourceNotFound"


def test_a_profile_goes_only_when_its_apps_are_gone() -> None:
    studio = domain()["DomainId"]
    ask("CreateUserProfile", DomainId=studio, UserProfileName="ann")
    app: dict[str, Value] = {
        "DomainId": studio,
        "UserProfileName": "ann",
        "AppType": "JupyterLab",
        "AppName": "default",
    }
    ask("CreateApp", **app)
    assert refused("DeleteUserProfile", DomainId=studio, UserProfileName="ann").code == "ResourceInUse"
    ask("DeleteApp", **app)
    ask("DeleteUserProfile", DomainId=studio, UserProfileName="ann")


def test_a_presigned_url_names_the_profile() -> None:
    studio = domain()["DomainId"]
    ask("CreateUserProfile", DomainId=studio, UserProfileName="ann")
    url = ask("CreatePresignedDomainUrl", DomainId=studio, UserProfileName="ann")["AuthorizedUrl"]
    assert url.startswith(f"https://{studio}.studio.eu-west-1.sagemaker.aws/")
    assert "userProfileName=ann" in url
    assert refused("CreatePresignedDomainUrl", DomainId=studio, UserProfileName="bob").code == "ResourceNotFound"


def test_a_list_comes_in_pages() -> None:
    studio = domain()["DomainId"]
    for index in range(5):
        ask("CreateUserProfile", DomainId=studio, UserProfileName=f"person-{index}")
    found: list[str] = []
    token: dict[str, Value] = {}
    while True:
        page = ask("ListUserProfiles", DomainIdEquals=studio, MaxResults=2, **token)
        found += [profile["UserProfileName"] for profile in page["UserProfiles"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [f"person-{index}" for index in range(5)]
    assert refused("ListUserProfiles", NextToken="nonsense").code == "ValidationException"


def test_an_mlflow_app_is_found_by_its_arn() -> None:
    arn = ask("CreateMlflowApp", Name=f"tracking-{next(names)}", ArtifactStoreUri="s3://bucket/mlflow", RoleArn=ROLE)[
        "Arn"
    ]
    ask("UpdateMlflowApp", Arn=arn, ArtifactStoreUri="s3://bucket/elsewhere")
    found = ask("DescribeMlflowApp", Arn=arn)
    assert (found["ArtifactStoreUri"], found["Status"]) == ("s3://bucket/elsewhere", "Updated")
    assert arn in [app["Arn"] for app in ask("ListMlflowApps")["Summaries"]]
    assert ask("DeleteMlflowApp", Arn=arn) == {"Arn": arn}
    assert refused("DescribeMlflowApp", Arn=arn).code == "ResourceNotFound"


def test_tags_are_added_and_removed_within_their_limits() -> None:
    arn = domain()["DomainArn"]
    ask("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ask("DeleteTags", ResourceArn=arn, TagKeys=["a"])
    assert ask("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    many = [{"Key": f"key-{index}", "Value": ""} for index in range(50)]
    assert "50 tags" in refused("AddTags", ResourceArn=arn, Tags=many).message
    assert "reserved" in refused("AddTags", ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}]).message


def test_tags_of_what_is_not_kept_here_are_left_to_the_emulators() -> None:
    tagging = TAGGING["sagemaker"]
    elsewhere = {tagging.arn: "arn:aws:sagemaker:eu-west-1:111111111111:image/x"}
    assert not services.handles("sagemaker", tagging.read, elsewhere)
    assert services.handles("sagemaker", tagging.read, {tagging.arn: "arn:aws:sagemaker:eu-west-1:1:domain/d-1"})
    assert not services.handles("sagemaker", "CreateImage")


def monitor(scope: Scope, dimension: str = "SERVICE") -> str:
    wanted = {"MonitorName": "all", "MonitorType": "DIMENSIONAL", "MonitorDimension": dimension}
    return str(ask("CreateAnomalyMonitor", "ce", scope, AnomalyMonitor=wanted)["MonitorArn"])


def test_an_account_has_one_anomaly_monitor_for_each_dimension() -> None:
    scope = Scope(account="333333333333", region="us-east-1")
    arn = monitor(scope)
    with pytest.raises(ServiceError, match="Limit exceeded on dimensional spend monitor creation"):
        monitor(Scope(account="333333333333", region="eu-west-1"))
    monitor(Scope(account="444444444444", region="us-east-1"))
    ask("DeleteAnomalyMonitor", "ce", scope, MonitorArn=arn)
    monitor(scope)


def test_an_anomaly_subscription_needs_a_monitor_and_fitting_subscribers() -> None:
    scope = Scope(account="555555555555", region="us-east-1")
    good = {
        "SubscriptionName": "owners",
        "MonitorArnList": [monitor(scope)],
        "Frequency": "DAILY",
        "Subscribers": [{"Type": "EMAIL", "Address": "owner@acme.example"}],
        "ThresholdExpression": EXPRESSION,
    }

    def told(**more: Value) -> str:
        with pytest.raises(ServiceError) as error:
            ask("CreateAnomalySubscription", "ce", scope, AnomalySubscription={**good, **more})
        return str(error.value)

    assert "UnknownMonitorException" in told(MonitorArnList=["arn:aws:ce::555555555555:anomalymonitor/none"])
    assert "SNS" in told(Frequency="IMMEDIATE")
    assert "ThresholdExpression" in told(Threshold=5.0)
    arn = ask("CreateAnomalySubscription", "ce", scope, AnomalySubscription=good)["SubscriptionArn"]
    ask("UpdateAnomalySubscription", "ce", scope, SubscriptionArn=arn, Threshold=7.5)
    found = ask("GetAnomalySubscriptions", "ce", scope, SubscriptionArnList=[arn])["AnomalySubscriptions"][0]
    assert found["Threshold"] == 7.5
    assert "ThresholdExpression" not in found


@pytest.mark.parametrize("kind", services.records.kinds.values(), ids=lambda kind: kind.name)
def test_a_kinds_operations_and_members_are_in_the_services_own_model(kind: services.Kind) -> None:
    model = shapes.service_model(kind.service)
    assert set(kind.operations.values()) <= set(model.operation_names)
    listing = shapes.output_shape(kind.service, kind.operations["list"])
    assert listing is not None
    assert {kind.items, kind.token} <= set(listing.members)
    accepted = shapes.input_shape(kind.service, kind.operations["list"])
    assert accepted is not None
    assert set(kind.filters) <= set(accepted.members)


@pytest.mark.parametrize("text", ["cost-center", "Größe", "a b", "user@acme.example", "x=1/2+3:4_5"])
def test_a_tag_may_hold_what_people_type(text: str) -> None:
    ask("AddTags", ResourceArn=domain()["DomainArn"], Tags=[{"Key": text, "Value": text}])


@pytest.mark.parametrize(
    ("type_name", "given", "taken"),
    [
        ("integer", "60", 60),
        ("boolean", "true", True),
        ("string", 2000, "2000"),
        ("double", "0.5", 0.5),
        ("integer", "x", "x"),
    ],
)
def test_a_templates_spelling_of_a_scalar_becomes_the_apis(type_name: str, given: Value, taken: Value) -> None:
    shape: Any = type("Scalar", (), {"type_name": type_name, "metadata": {}, "name": "Scalar"})
    assert shapes.coerced(shape, given) == taken
