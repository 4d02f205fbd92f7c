"""ModelEndpoint: nothing before a release, a release by parameters, and a way back that is there."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from mlops_stages.foundation import Perimeter
from mlops_stages.reliable import Challenger, Instances, RollbackLimits, Rollout, Serverless, ServiceLevel
from tests.foundation.built import NETWORK, Built, Json, a_key, built, refused
from tests.reliable.deployed import Deployed, api_faults
from tests.reliable.serving import (
    CANARY,
    FIXED,
    HERE,
    LEVEL,
    OWNER,
    PACKAGES,
    PRODUCTION,
    REGION,
    SCALING,
    SERVED,
    a_store,
    all_of_it,
    an_endpoint,
)

RELEASE = {"ModelPackageArn": f"{PACKAGES}/12", "ConfigName": "fraud-card-fraud-v12"}
SHADOWED = {**RELEASE, "ShadowPackageArn": f"{PACKAGES}/13"}
BACK = {"ModelPackageArn": f"{PACKAGES}/11", "ConfigName": "fraud-card-fraud-v11-2", "TrafficShift": "AtOnce"}
ROLE = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.serve-production"
SERVING = ("Model", "EndpointConfig", "Endpoint")
EVERYTHING: dict[str, Any] = {
    "capacity": replace(SCALING, minimum=10, initial=None),
    "challenger": Challenger(percent=50),
    "level": replace(LEVEL, requests_per_minute=1200),
}
SERVERLESS: dict[str, Any] = {
    "served": replace(SERVED, network=None),
    "capacity": Serverless(
        unprotected_because="A demonstration on public data, which anybody may see.", memory_mb=4096
    ),
    "rollout": Rollout(all_at_once=True),
    "volume_key_arn": None,
    "capture": None,
}


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: all_of_it(stack, **EVERYTHING))


@pytest.fixture(scope="module")
def plain() -> Built:
    return built(an_endpoint)


@pytest.fixture(scope="module")
def serverless() -> Built:
    return built(lambda stack: an_endpoint(stack, **SERVERLESS))


def released(of: Built, **given: str) -> Deployed:
    return Deployed(of.body, {**RELEASE, **given})


def variant(of: Deployed) -> Json:
    (found,) = of.one("AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    return found


def refusal(**options: Any) -> str:  # noqa: ANN401 - real options
    message, made = refused(lambda stack: an_endpoint(stack, **options))
    assert not [path for path in made if path.startswith("Alone/Endpoint/")]
    code, _, rest = message.partition(": Endpoint: ")
    assert rest, message
    return code


# What is deployed


def test_the_packs_find_nothing(found: Built, plain: Built, serverless: Built) -> None:
    assert found.findings + plain.findings + serverless.findings == ()


@pytest.mark.parametrize("given", [RELEASE, {**SHADOWED, "TrafficShift": "AtOnce"}])
def test_cfn_lint_finds_nothing_in_a_release(found: Built, given: dict[str, str]) -> None:
    sets: Any = [given]
    assert lint(json.dumps(found.body), None, [REGION], ManualArgs(regions=[REGION], parameters=sets)) == []


def test_nothing_is_served_before_a_release(found: Built) -> None:
    before = Deployed(found.body, {})
    assert before.refused() == []
    assert [before.resources(f"AWS::SageMaker::{each}") for each in SERVING] == [{}, {}, {}]
    assert before.resources("AWS::CloudWatch::Alarm") == {}
    assert before.resources("AWS::ApplicationAutoScaling::ScalableTarget") == {}
    assert before.resources("AWS::Logs::LogGroup") != {}


def test_a_release_makes_the_model_from_its_package(found: Built) -> None:
    model = released(found).one("AWS::SageMaker::Model")
    package = f"{PACKAGES}/12"
    assert model["PrimaryContainer"] == {"ModelPackageName": package, "Environment": {"MODEL_PACKAGE_ARN": package}}
    assert model["ModelName"].startswith("fraud-card-fraud-v12-")


def test_a_model_is_isolated_and_in_its_own_group(found: Built) -> None:
    model = released(found).one("AWS::SageMaker::Model")
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"]["Subnets"] == list(NETWORK.subnet_ids)
    (group,) = found.resources("AWS::EC2::SecurityGroup")
    assert model["VpcConfig"]["SecurityGroupIds"] == [f"{group}-GroupId"]
    assert "SecurityGroupIngress" not in found.one("AWS::EC2::SecurityGroup")


def test_every_request_is_captured_under_its_key_as_text(found: Built) -> None:
    capture = released(found).one("AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert (capture["EnableCapture"], capture["InitialSamplingPercentage"]) == (True, 100)
    assert [each["CaptureMode"] for each in capture["CaptureOptions"]] == ["Input", "Output"]
    assert capture["KmsKeyId"].startswith("CaptureKey")
    assert capture["CaptureContentTypeHeader"] == {
        "CsvContentTypes": ["text/csv"],
        "JsonContentTypes": ["application/json", "application/jsonlines"],
    }


def test_volumes_and_logs_are_under_keys_and_nobody_gets_a_shell(found: Built) -> None:
    config = released(found).one("AWS::SageMaker::EndpointConfig")
    assert config["KmsKeyId"].startswith("Volumes")
    assert variant(released(found))["EnableSSMAccess"] is False
    logs = found.one("AWS::Logs::LogGroup")
    assert logs["LogGroupName"] == "/aws/sagemaker/Endpoints/fraud-card-fraud-production"
    assert logs["KmsKeyId"]
    assert logs["RetentionInDays"] == 365


def test_sagemaker_does_not_make_the_log_group_first(found: Built) -> None:
    (endpoint,) = found.resources("AWS::SageMaker::Endpoint").values()
    assert [*found.resources("AWS::Logs::LogGroup")] == endpoint["DependsOn"]


def test_observability_is_decided_and_off_unless_asked_for(found: Built) -> None:
    off = {"EnableDetailedObservability": False, "EnableEnhancedMetrics": False}
    assert released(found).one("AWS::SageMaker::EndpointConfig")["MetricsConfig"] == off
    on = built(lambda stack: an_endpoint(stack, detailed_observability=True))
    asked = released(on).one("AWS::SageMaker::EndpointConfig")["MetricsConfig"]
    assert asked == {**off, "EnableDetailedObservability": True}


def test_everything_is_tagged_for_its_owner(found: Built) -> None:
    for kind in (*(f"AWS::SageMaker::{each}" for each in SERVING), "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup"):
        for properties in found.all(kind):
            tags = {each["Key"]: each["Value"] for each in properties["Tags"]}
            assert tags.items() >= {"owner": OWNER, "team": "fraud", "model": "card-fraud", "stage": "reliable"}.items()


# What the API takes


@pytest.mark.parametrize(
    "rollout",
    [CANARY, Rollout(linear_step_percent=10, bake_minutes=20), Rollout(canary_percent=50, bake_minutes=60)],
)
def test_sagemakers_own_model_takes_every_request(rollout: Rollout) -> None:
    body = built(lambda stack: all_of_it(stack, **EVERYTHING, rollout=rollout)).body
    for deployed in (Deployed(body, given) for given in (RELEASE, SHADOWED, BACK)):
        assert deployed.refused() == []
        for model in deployed.resources("AWS::SageMaker::Model").values():
            assert api_faults("CreateModel", {**model, "ExecutionRoleArn": ROLE}) == []
        assert api_faults("CreateEndpointConfig", deployed.one("AWS::SageMaker::EndpointConfig")) == []
        endpoint = deployed.one("AWS::SageMaker::Endpoint")
        tags = endpoint.pop("Tags")
        assert api_faults("UpdateEndpoint", endpoint) == []
        created = {key: endpoint[key] for key in ("EndpointName", "EndpointConfigName", "DeploymentConfig")}
        assert api_faults("CreateEndpoint", {**created, "Tags": tags}) == []


def test_the_judge_of_requests_finds_what_is_wrong(plain: Built) -> None:
    config = released(plain).one("AWS::SageMaker::EndpointConfig")
    wrong: Json = {**config, "EndpointConfigName": "x" * 64, "Surprise": 1, "ProductionVariants": []}
    assert len(api_faults("CreateEndpointConfig", wrong)) == 3


def test_the_longest_names_still_fit() -> None:
    team, model = "t" * 20, "m" * 24
    served = replace(SERVED, team=team, model=model, environment="production")

    def make(stack: Stack) -> object:
        store = a_store(stack, team=team, models=[model])
        return an_endpoint(stack, served=served, capture=store.capture(), challenger=Challenger())

    package = PACKAGES.replace("fraud-card-fraud", f"{team}-{model}")
    given = {
        "ModelPackageArn": f"{package}/999",
        "ShadowPackageArn": f"{package}/998",
        "ConfigName": f"{team}-{model}-v999-123",
    }
    deployed = Deployed(built(make).body, given)
    assert deployed.refused() == []
    for each in deployed.resources("AWS::SageMaker::Model").values():
        assert len(each["ModelName"]) <= 63
    assert len(deployed.one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]) <= 63
    assert len(deployed.one("AWS::SageMaker::Endpoint")["EndpointName"]) <= 63
    assert Deployed(deployed.body, {**given, "ConfigName": f"{team}-{model}-v999-1234"}).refused() == ["ConfigName"]


# Parameters


@pytest.mark.parametrize(
    "package",
    [
        f"{PACKAGES}/0",
        f"{PACKAGES}/01",
        f"{PACKAGES}/12/13",
        PACKAGES,
        PACKAGES.replace("card-fraud", "refunds") + "/12",
        PACKAGES.replace("card-fraud", "card-fraud-2") + "/12",
        PACKAGES.replace("333333333333", "999999999999") + "/12",
        PACKAGES.replace("eu-west-1", "us-east-1") + "/12",
        f"{PACKAGES}/12\n",
        " ",
    ],
)
def test_a_package_that_is_not_this_models_in_this_platforms_registry_is_refused(found: Built, package: str) -> None:
    assert "ModelPackageArn" in released(found, ModelPackageArn=package).refused()
    assert "ShadowPackageArn" in released(found, ShadowPackageArn=package).refused()


@pytest.mark.parametrize(
    "name",
    [
        "fraud-card-fraud-12",
        "fraud-card-fraud-v0",
        "fraud-card-fraud-v1-",
        "fraud-card-fraud-v1-UP",
        "fraud-card-fraud-v2-v1",  # model card-fraud-v2's
        "fraud-card-fraud-v1-a-b",
        "fraud-card-fraud-2-v1",
        "fraud-card-v1",
        "anything",
        "fraud-card-fraud-v1-0123456789abcdef0",
        "fraud-card-fraud-v1\n",
    ],
)
def test_a_name_that_is_not_a_version_of_this_model_is_refused(found: Built, name: str) -> None:
    assert released(found, ConfigName=name).refused() == ["ConfigName"]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"ModelPackageArn": ""}, "PackageAndNameTogether"),
        ({"ConfigName": ""}, "PackageAndNameTogether"),
        ({"TrafficShift": "Slowly"}, "TrafficShift"),
    ],
)
def test_package_and_name_go_together(found: Built, given: dict[str, str], rule: str) -> None:
    assert released(found, **given).refused() == [rule]


def test_a_challenger_without_a_champion_is_refused(found: Built) -> None:
    assert Deployed(found.body, {"ShadowPackageArn": f"{PACKAGES}/13"}).refused() == ["ShadowOfAVersion"]


def test_the_template_of_every_release_is_the_same_and_synths_the_same(found: Built) -> None:
    assert json.dumps(built(lambda stack: all_of_it(stack, **EVERYTHING)).body) == json.dumps(found.body)


def test_promotions_find_the_parameters_and_the_output_by_these_names(found: Built) -> None:
    parameters = {*found.body["Parameters"]} - {"BootstrapVersion"}
    assert parameters == {"ModelPackageArn", "ConfigName", "ShadowPackageArn", "TrafficShift"}
    (output,) = found.body["Outputs"].items()
    config = released(found).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
    assert output[0] == "EndpointConfigName"
    assert released(found).resolve(output[1]["Value"]) == config


def test_a_second_endpoint_in_a_stack_is_refused() -> None:
    def make(stack: Stack) -> None:
        key = a_key(stack, HERE)
        capture = a_store(stack).capture()
        an_endpoint(stack, key=key, capture=capture)
        an_endpoint(stack, "Another", key=key, capture=capture)

    assert refused(make)[0].startswith("REL-037: Another: ")


# What stays, and what is made anew


def test_logical_ids_stay() -> None:
    """What is retained, and what an endpoint's name hangs on: another id would be another resource of that name."""
    found = built(an_endpoint)
    ids = {kind: [*found.resources(f"AWS::{kind}")] for kind in ("SageMaker::Endpoint", "Logs::LogGroup")}
    assert ids == {"SageMaker::Endpoint": ["Endpoint8024A810"], "Logs::LogGroup": ["EndpointLogs7B39CB5E"]}
    assert [*found.resources("AWS::SageMaker::EndpointConfig")] == ["EndpointReleasedConfig3CEB9DA7"]


@pytest.mark.parametrize("type", ["SageMaker::Model", "SageMaker::EndpointConfig", "Logs::LogGroup"])
def test_what_a_rollback_needs_and_what_was_logged_stay(found: Built, type: str) -> None:
    for each in found.resources(f"AWS::{type}").values():
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


CHANGES: dict[str, dict[str, Any]] = {
    "instance type": {"capacity": replace(FIXED, type="ml.m5.xlarge")},
    "instances": {"capacity": replace(FIXED, minimum=20)},
    "role": {"role_arn": f"arn:aws:iam::{PRODUCTION}:role/other"},
    "key": {"volume_key_arn": f"arn:aws:kms:{REGION}:{PRODUCTION}:key/other"},
    "observability": {"detailed_observability": True},
    "challenger": {"challenger": Challenger()},
    "challenger's share": {"challenger": Challenger(percent=10)},
    "canary": {"rollout": replace(CANARY, canary_percent=20)},
    "bake": {"rollout": replace(CANARY, bake_minutes=10)},
    "subnets": {"served": replace(SERVED, network=replace(NETWORK, subnet_ids=["subnet-elsewhere"]))},
    "group": {"served": replace(SERVED, network=replace(NETWORK, workload_security_group_id="sg-elsewhere"))},
}
"""What changes model, configuration or rollout: CloudFormation replaces neither of the first under the same name."""


@pytest.mark.parametrize("change", CHANGES)
def test_another_template_makes_model_and_configuration_under_another_name(plain: Built, change: str) -> None:
    before = released(plain).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
    after = released(built(lambda stack: an_endpoint(stack, **CHANGES[change])))
    names = {each["ModelName"] for each in after.resources("AWS::SageMaker::Model").values()}
    assert names == {after.one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]}
    assert names != {before}
    assert {each[: -len("-8f5089")] for each in names} == {"fraud-card-fraud-v12"}


def test_a_new_version_of_this_toolkit_deploys_no_model_anew(plain: Built, serverless: Built) -> None:
    """Another name here is a rollout of every model there is, at the next `cdk deploy`."""
    names = [released(each).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"] for each in (plain, serverless)]
    assert names == ["fraud-card-fraud-v12-e3234b", "fraud-card-fraud-v12-44a212"]


@pytest.mark.parametrize("options", [{"percent": 50}, {"csv_types": ["text/plain"]}, {"json_types": ["text/json"]}])
def test_so_does_another_capture(plain: Built, options: dict[str, Any]) -> None:
    def make(stack: Stack) -> object:
        return an_endpoint(stack, capture=a_store(stack).capture(**options))

    before = released(plain).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
    assert released(built(make)).one("AWS::SageMaker::EndpointConfig")["EndpointConfigName"] != before


@pytest.mark.parametrize(
    "options",
    [
        {"runbook": "docs/other.md"},
        {"limits": RollbackLimits(server_errors_percent=2)},
        {"level": replace(LEVEL, p99_latency_ms=100)},
        {"capacity": replace(FIXED, maximum=40, requests_per_minute=600)},
        {"served": replace(SERVED, owner="somebody@acme.example")},
    ],
)
def test_another_limit_owner_or_maximum_deploys_no_model_anew(plain: Built, options: dict[str, Any]) -> None:
    before, after = released(plain), released(built(lambda stack: an_endpoint(stack, **options)))
    for kind in ("Model", "EndpointConfig"):
        ours, theirs = (each.one(f"AWS::SageMaker::{kind}") for each in (before, after))
        assert {**ours, "Tags": None} == {**theirs, "Tags": None}


# How traffic goes over


def policy(of: Deployed) -> Json:
    return of.one("AWS::SageMaker::Endpoint")["DeploymentConfig"]["BlueGreenUpdatePolicy"]


def test_traffic_goes_over_as_the_rollout_says(found: Built) -> None:
    assert policy(released(found))["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 1800,
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
    }


def test_on_the_way_back_it_goes_over_at_once_and_is_still_watched(found: Built) -> None:
    back = Deployed(found.body, BACK)
    assert policy(back)["TrafficRoutingConfiguration"] == {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    assert policy(back)["TerminationWaitInSeconds"] == 1800


def test_the_alarms_of_this_release_are_watched(found: Built) -> None:
    endpoint = released(found).one("AWS::SageMaker::Endpoint")
    watched = [each["AlarmName"] for each in endpoint["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]]
    assert 1 <= len(watched) <= 10
    alarms = released(found).resources("AWS::CloudWatch::Alarm")
    assert {alarms[each]["AlarmName"].rsplit("-", 1)[1] for each in watched} == {"5xx", "4xx", "errors", "latency"}
    assert all(alarms[each]["AlarmName"].startswith(endpoint["EndpointConfigName"]) for each in watched)


def test_where_the_number_follows_the_traffic_a_release_keeps_it(found: Built, plain: Built) -> None:
    scaled, fixed = (released(each).one("AWS::SageMaker::Endpoint") for each in (found, plain))
    assert scaled["RetainAllVariantProperties"] is True
    assert scaled["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]
    assert "RetainAllVariantProperties" not in fixed


def test_the_number_follows_the_traffic_between_bounds(found: Built) -> None:
    target = released(found).one("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (10, 20)
    assert target["ResourceId"] == "endpoint/fraud-card-fraud-production/variant/champion"
    tracking = released(found).one("AWS::ApplicationAutoScaling::ScalingPolicy")[
        "TargetTrackingScalingPolicyConfiguration"
    ]
    assert tracking == {
        "TargetValue": 600,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 600,
    }
    (resource,) = found.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert [*found.resources("AWS::SageMaker::Endpoint")] == resource["DependsOn"]


def test_a_fixed_number_has_no_scaling(plain: Built) -> None:
    assert released(plain).resources("AWS::ApplicationAutoScaling::ScalableTarget") == {}


# The challenger


def test_a_challenger_answers_in_the_shadow_only_where_a_release_names_one(found: Built) -> None:
    assert "ShadowProductionVariants" not in released(found).one("AWS::SageMaker::EndpointConfig")
    shadowed = Deployed(found.body, SHADOWED)
    (shadow,) = shadowed.one("AWS::SageMaker::EndpointConfig")["ShadowProductionVariants"]
    models = {each["ModelName"]: each for each in shadowed.resources("AWS::SageMaker::Model").values()}
    assert len(models) == 2
    assert models[shadow["ModelName"]]["PrimaryContainer"]["ModelPackageName"] == f"{PACKAGES}/13"
    assert models[shadow["ModelName"]]["EnableNetworkIsolation"] is True
    assert shadow["InitialVariantWeight"] / variant(shadowed)["InitialVariantWeight"] == 0.5
    assert shadow["InstanceType"] == variant(shadowed)["InstanceType"]


def test_without_a_challenger_no_release_can_name_one(plain: Built) -> None:
    assert "ShadowPackageArn" not in plain.body["Parameters"]


@pytest.mark.parametrize("challenger", [Challenger(percent=0), Challenger(percent=101), Challenger(instances=0)])
def test_a_challenger_that_cannot_be_is_refused(challenger: Challenger) -> None:
    assert refusal(challenger=challenger) == "REL-035"


# Serverless, and other storage


def test_serverless_has_no_instances_and_says_why_it_may(serverless: Built) -> None:
    deployed = released(serverless)
    assert variant(deployed)["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 10}
    config, model = deployed.one("AWS::SageMaker::EndpointConfig"), deployed.one("AWS::SageMaker::Model")
    assert {"KmsKeyId", "DataCaptureConfig", "MetricsConfig"}.isdisjoint(config)
    assert {"VpcConfig", "EnableNetworkIsolation"}.isdisjoint(model)
    assert api_faults("CreateEndpointConfig", config) == []
    assert policy(deployed)["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"served": SERVED}, "a network"),
        ({"volume_key_arn": "arn:aws:kms:eu-west-1:666666666666:key/x"}, "a key for volumes"),
        ({"challenger": Challenger()}, "a challenger"),
        ({"detailed_observability": True}, "detailed observability"),
        ({"rollout": CANARY}, "a rollout in steps"),
    ],
)
def test_what_serverless_cannot_do_is_refused_by_name(options: dict[str, Any], what: str) -> None:
    message, _ = refused(lambda stack: an_endpoint(stack, **{**SERVERLESS, **options}))
    assert message.startswith(f"REL-036: Endpoint: serverless does not go with {what}; ")


def test_serverless_captures_nothing_and_may_not_be_told_to() -> None:
    def make(stack: Stack) -> object:
        options: dict[str, Any] = {**SERVERLESS, "capture": a_store(stack).capture()}
        return an_endpoint(stack, **options)

    assert refused(make)[0].startswith("REL-036: Endpoint: serverless does not go with data capture; ")


def test_machines_that_encrypt_their_own_storage_take_no_key() -> None:
    gpu = Instances(type="ml.g5.xlarge", minimum=10)
    found = built(lambda stack: an_endpoint(stack, capacity=gpu, volume_key_arn=None))
    assert found.findings == ()
    assert "KmsKeyId" not in released(found).one("AWS::SageMaker::EndpointConfig")
    assert refusal(capacity=gpu) == "REL-036"


@pytest.mark.parametrize(
    "options",
    [{"volume_key_arn": None}, {"capture": None}, {"served": replace(SERVED, network=None)}],
)
def test_less_safe_instances_are_refused(options: dict[str, Any]) -> None:
    assert refusal(**options) == "REL-036"


# What the parts refuse, the endpoint refuses before it makes anything


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"rollout": Rollout()}, "REL-020"),
        ({"rollout": Rollout(canary_percent=15)}, "REL-022"),
        ({"capacity": replace(SCALING, minimum=4, initial=None)}, "REL-022"),
        ({"capacity": Instances(type="large")}, "REL-025"),
        ({"capacity": Instances(type="ml.m5.large", minimum=0)}, "REL-026"),
        ({"capacity": Instances(type="ml.m5.large", maximum=9)}, "REL-027"),
        ({"level": ServiceLevel(availability_percent=100, p99_latency_ms=1)}, "REL-029"),
        ({"limits": RollbackLimits(minimum_requests=0)}, "REL-030"),
        ({"level": replace(LEVEL, requests_per_minute=100)}, "REL-031"),
        ({"served": replace(SERVED, environment="PROD")}, "REL-032"),
        ({"runbook": "x" * 500}, "REL-038"),
    ],
)
def test_what_a_part_refuses_is_refused(options: dict[str, Any], code: str) -> None:
    assert refusal(**options) == code


def test_it_stands_alone_without_an_organization() -> None:
    alone = Perimeter(partition="aws", account=PRODUCTION, region=REGION)
    assert built(lambda stack: all_of_it(stack, alone)).findings == ()


def test_it_stands_in_a_stack_that_knows_neither_account_nor_region() -> None:
    assert built(lambda stack: all_of_it(stack, Perimeter.of(stack))).findings == ()
