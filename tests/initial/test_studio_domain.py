"""StudioDomain: inside the network, under a key, idle apps shut down."""

import pytest
from aws_cdk import Stack

from mlops_stages.initial import StudioDomain
from tests.foundation.built import BOUNDARY, HERE, NETWORK, Built, Json, a_key, built, refused
from tests.foundation.judge import Service


def domain(stack: Stack, minutes: int = 60) -> StudioDomain:
    return StudioDomain(
        stack,
        "Studio",
        perimeter=HERE,
        name="acme",
        network=NETWORK,
        key=a_key(stack),
        permissions_boundary_arn=BOUNDARY,
        idle_shutdown_minutes=minutes,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(domain)


@pytest.fixture(scope="module")
def properties(found: Built) -> Json:
    return found.one("AWS::SageMaker::Domain")


def test_apps_have_no_internet(properties: Json) -> None:
    assert properties["AppNetworkAccessType"] == "VpcOnly"
    assert properties["VpcId"] == NETWORK.vpc_id
    assert properties["SubnetIds"] == list(NETWORK.subnet_ids)
    for settings in ("DefaultUserSettings", "DefaultSpaceSettings"):
        assert properties[settings]["SecurityGroups"] == [NETWORK.workload_security_group_id]


def test_volumes_are_under_the_given_key(found: Built, properties: Json) -> None:
    (key,) = found.resources("AWS::KMS::Key")
    assert properties["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}


def test_it_is_the_current_studio_without_docker_and_without_shared_output(properties: Json) -> None:
    user = properties["DefaultUserSettings"]
    assert (user["StudioWebPortal"], user["DefaultLandingUri"]) == ("ENABLED", "studio::")
    assert user["SharingSettings"] == {"NotebookOutputOption": "Disabled"}
    assert properties["DomainSettings"]["DockerSettings"] == {"EnableDockerAccess": "DISABLED"}


def test_the_profiles_name_is_the_source_identity_of_every_call(properties: Json) -> None:
    assert properties["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"


def test_tags_reach_what_people_start(properties: Json) -> None:
    assert properties["TagPropagation"] == "ENABLED"


def idle(properties: Json) -> list[Json]:
    """The idle settings of every kind of app."""
    user, space = properties["DefaultUserSettings"], properties["DefaultSpaceSettings"]
    apps = (user["JupyterLabAppSettings"], user["CodeEditorAppSettings"], space["JupyterLabAppSettings"])
    return [app["AppLifecycleManagement"]["IdleSettings"] for app in apps]


@pytest.mark.parametrize("minutes", [60, 90, 525_600])
def test_idle_apps_are_shut_down_and_nobody_can_ask_for_longer(minutes: int) -> None:
    for settings in idle(built(lambda stack: domain(stack, minutes)).one("AWS::SageMaker::Domain")):
        assert settings == {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": minutes,
        }


@pytest.mark.parametrize("minutes", [0, 59, 525_601, -60])
def test_minutes_that_sagemaker_does_not_take_are_refused(minutes: int) -> None:
    message, created = refused(lambda stack: domain(stack, minutes))
    assert message.startswith("INI-020")
    assert "60 to 525600" in message
    assert not [path for path in created if path.startswith("Alone/Studio")]


def test_the_default_role_may_do_nothing(found: Built, properties: Json) -> None:
    role = found.one("AWS::IAM::Role")
    (name,) = found.resources("AWS::IAM::Role")
    assert not {"Policies", "ManagedPolicyArns"} & role.keys()
    assert role["PermissionsBoundary"] == BOUNDARY
    for settings in ("DefaultUserSettings", "DefaultSpaceSettings"):
        assert properties[settings]["ExecutionRole"] == {"Fn::GetAtt": [name, "Arn"]}
    stranger = Service(principal="sagemaker.amazonaws.com", account="999999999999")
    assert stranger.passes(role["AssumeRolePolicyDocument"], "sts:AssumeRole") == "ImplicitDeny"


def test_it_outlives_its_stack(found: Built) -> None:
    (resource,) = found.resources("AWS::SageMaker::Domain").values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_people_sign_in_by_iam_unless_asked_for_otherwise(properties: Json) -> None:
    def with_identity_center(stack: Stack) -> None:
        StudioDomain(
            stack,
            "Studio",
            perimeter=HERE,
            name="acme",
            network=NETWORK,
            key=a_key(stack),
            permissions_boundary_arn=BOUNDARY,
            sign_in="SSO",
        )

    assert properties["AuthMode"] == "IAM"
    assert built(with_identity_center).one("AWS::SageMaker::Domain")["AuthMode"] == "SSO"


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
