"""The stacks of stage Reliable: staging and production, and what raising the stage leaves as it was."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mlops_stages.platform import Purpose, Stage, load
from mlops_stages.reliable.release_parameters import CONFIG_NAME, MODEL_PACKAGE_ARN, SHADOW_PACKAGE_ARN, TRAFFIC_SHIFT
from tests.conftest import Assembly
from tests.invariants.test_data import HOLDS_DATA
from tests.invariants.test_stability import MUST_NOT_MOVE

ENVIRONMENTS = (Purpose.STAGING, Purpose.PRODUCTION)
OF_A_RELEASE = {MODEL_PACKAGE_ARN, CONFIG_NAME, SHADOW_PACKAGE_ARN, TRAFFIC_SHIFT}


@pytest.fixture(scope="module")
def lowered(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("repeatable")


@pytest.fixture(scope="module")
def reference(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("reference")


@pytest.fixture(scope="module")
def shared(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("staging_with_production")


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_each_environment_has_a_stack_one_a_team_that_serves_and_one_a_model(reference: Assembly) -> None:
    found = {name for name in reference.templates if name.startswith(("acme-staging", "acme-production"))}
    assert found == {
        f"acme-{environment}{end}"
        for environment in ENVIRONMENTS
        for end in ("", "-team-arrivals", "-team-fraud", "-model-late-arrival", "-model-card-fraud")
    }
    platform = load(reference.platform_file)
    for name in found:
        purpose = Purpose(name.split("-")[1])
        assert reference.environments[name] == (platform.account(purpose), platform.region)


def test_production_reads_labels_of_the_models_that_declare_them(reference: Assembly) -> None:
    role = "arn:aws:iam::666666666666:role/acme/arrivals/acme-late-arrival.monitor-production"
    said = {name: json.dumps(template) for name, template in reference.templates.items() if "-data" in name}
    assert [name for name, text in said.items() if role in text] == ["acme-data-team-arrivals"]
    assert not any("card-fraud.monitor" in text for text in said.values())
    buckets = [
        json.dumps(each) for each in of_type(reference.templates["acme-data-team-arrivals"], "AWS::S3::BucketPolicy")
    ]
    (own,) = [text for text in buckets if role in text]
    assert "labels/late-arrival/*" in own


def test_a_team_or_model_that_does_not_serve_has_nothing_there(shared: Assembly) -> None:
    text = " ".join(shared.templates)
    assert "production-team-berths" in text
    assert "production-team-cargo" not in text
    assert "model-crane-idle" not in text


def test_of_a_retrained_model_whose_class_needs_one_approval_machine_functions_and_ledger_say_so(
    shared: Assembly, reference: Assembly
) -> None:
    (promotions,) = [each for name, each in shared.templates.items() if "promotion-team-berths" in name]
    machines = {
        each["StateMachineName"]: json.dumps(each["DefinitionString"])
        for each in of_type(promotions, "AWS::StepFunctions::StateMachine")
    }
    assert [name for name, text in machines.items() if "one approval" in text] == ["pier-berth-1-promotion"]
    functions = {each["FunctionName"]: json.dumps(each) for each in of_type(promotions, "AWS::Lambda::Function")}
    assert {name for name, text in functions.items() if "one_approval" in text} == {
        f"pier-berth-1-{each}" for each in ("request", "promotion-task", "promotion-test", "retraining")
    }
    (writer,) = [
        each
        for each in of_type(shared.templates["pier-ledger"], "AWS::Lambda::Function")
        if each["FunctionName"].endswith("ledger-writer")
    ]
    assert writer["Environment"]["Variables"]["LEDGER_ONE_APPROVAL"] == '{"low": ["berths/berth-1"]}'
    assert "one_approval" not in json.dumps(reference.templates).casefold()


def test_an_account_of_staging_and_production_has_each_ones_stacks_and_no_name_twice(shared: Assembly) -> None:
    accounts = {shared.environments[f"pier-{environment}"][0] for environment in ENVIRONMENTS}
    assert len(accounts) == 1
    names = [
        name
        for stack, template in shared.templates.items()
        if shared.environments[stack][0] in accounts
        for kind, key in (
            ("AWS::IAM::Role", "RoleName"),
            ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
            ("AWS::KMS::Alias", "AliasName"),
            ("AWS::Logs::LogGroup", "LogGroupName"),
            ("AWS::SageMaker::Endpoint", "EndpointName"),
            ("AWS::SageMaker::EndpointConfig", "EndpointConfigName"),
            ("AWS::CloudWatch::Alarm", "AlarmName"),
            ("AWS::Scheduler::Schedule", "Name"),
        )
        for each in of_type(template, kind)
        if (name := f"{kind} {json.dumps(each.get(key))}") and each.get(key) is not None
    ]
    assert len(names) > 40
    assert len(names) == len({*names})


def test_exports_of_models_that_differ_in_a_hyphen_are_two(shared: Assembly) -> None:
    outputs = shared.templates["pier-production-team-berths"]["Outputs"].values()
    names = [output["Export"]["Name"] for output in outputs]
    assert len(names) == len({*names})
    assert {f"pier-production-team-berths:{model}:SecurityGroup" for model in ("berth-1", "berth1")} < {*names}


def test_the_bucket_of_decisions_and_the_stack_have_the_names_that_the_command_looks_for(reference: Assembly) -> None:
    platform = load(reference.platform_file)
    names, team = platform.addresses, platform.team("arrivals")
    model = team.models[0]
    template = reference.templates[names.team_stack_name(team.name, "production")]
    exported = {output["Export"]["Name"] for output in template["Outputs"].values()}
    assert names.decisions_export_name(team.name, "production", model.data_classification) in exported
    assert names.model_stack_name(model.name, "production") in reference.templates
    tried = reference.templates[names.team_stack_name(team.name, "staging")]
    assert not any("Decisions" in output["Export"]["Name"] for output in tried["Outputs"].values())


def test_who_sees_a_model_is_let_in_where_it_has_labels_and_in_production_alone(reference: Assembly) -> None:
    roles = {
        (name, str(role["RoleName"]))
        for name, template in reference.templates.items()
        for role in of_type(template, "AWS::IAM::Role")
        if ".see-" in str(role.get("RoleName"))
    }
    assert roles == {("acme-production-team-arrivals", "acme-late-arrival.see-production")}


def test_a_models_stack_has_the_parameters_of_a_release_alone(reference: Assembly, shared: Assembly) -> None:
    """So that a release reads nothing of the bootstrap, and a change set gives every parameter or none."""
    for built in (reference, shared):
        models = {name: each for name, each in built.templates.items() if "-model-" in name}
        assert models
        for name, template in models.items():
            assert {MODEL_PACKAGE_ARN, CONFIG_NAME} <= template["Parameters"].keys() <= OF_A_RELEASE, name
            assert "CheckBootstrapVersion" not in template["Rules"], name
            assert {each["Default"] for each in template["Parameters"].values()} <= {"", "InSteps"}, name


def test_staging_and_production_serve_alike(reference: Assembly) -> None:
    staging, production = (
        json.dumps(_without_notices(reference.templates[f"acme-{environment}-model-late-arrival"]["Resources"]))
        for environment in ("staging", "production")
    )
    alike = staging.replace("staging", "production").replace("5" * 12, "6" * 12)
    # The names of configurations end in a hash of all that is said, the environment's names too.
    hashes = {each["EndpointConfigName"]["Fn::Join"][1][1] for t in (staging, production) for each in _configs(t)}
    assert len(hashes) == 2
    for each in hashes:
        alike, production = alike.replace(each, ""), production.replace(each, "")
    assert alike == production


def _without_notices(resources: dict[str, Any]) -> dict[str, Any]:
    """All of it but whom broken promises are told to: in production, a function."""
    promised = {name: each for name, each in resources.items() if "Promised" in name}
    assert len(promised) == 3
    for name, each in promised.items():
        own = {key: value for key, value in each["Properties"].items() if key not in ("AlarmActions", "OKActions")}
        resources = {**resources, name: {**each, "Properties": own}}
    return resources


def _configs(resources: str) -> list[dict[str, Any]]:
    return of_type({"Resources": json.loads(resources)}, "AWS::SageMaker::EndpointConfig")


def test_what_platform_yaml_says_of_a_model_is_what_is_deployed(shared: Assembly) -> None:
    template = shared.templates["pier-production-model-berth-1"]
    (target,) = of_type(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (4, 12)
    assert "ShadowPackageArn" in template["Parameters"]
    own = shared.templates["pier-production-model-berth1"]
    (config,) = of_type(own, "AWS::SageMaker::EndpointConfig")
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 10
    assert "KmsKeyId" not in config
    assert "https://wiki.pier.example/berth1" in json.dumps(own)
    (schedule,) = of_type(shared.templates["pier-staging-model-overnight"], "AWS::Scheduler::Schedule")
    assert "s3://pier-requests/overnight/sample/" in json.dumps(schedule)
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"


def test_packages_are_read_by_releases_and_deployments_of_the_environments(reference: Assembly) -> None:
    template = reference.templates["acme-tooling-team-arrivals"]
    (group,) = of_type(template, "AWS::SageMaker::ModelPackageGroup")
    (statement,) = (s for s in group["ModelPackageGroupPolicy"]["Statement"] if s["Sid"] == "ReleasesMakeModels")
    names = {arn.rpartition("/")[2] for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]}
    assert names == {
        "acme-late-arrival.cloudformation-staging",
        "acme-late-arrival.cloudformation-production",
        f"cdk-hnb659fds-cfn-exec-role-{'5' * 12}-eu-west-1",
        f"cdk-hnb659fds-cfn-exec-role-{'6' * 12}-eu-west-1",
    }


# Raising the stage


def create_only(kind: str) -> set[str]:
    """The properties of a type whose change replaces the resource, by CloudFormation's registry."""
    schema = cast("dict[str, list[str]]", PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema)  # pyright: ignore[reportUnknownMemberType] - untyped
    return {path.split("/")[2] for path in schema.get("createOnlyProperties", ())}


def test_raising_the_stage_replaces_nothing_that_holds_data(reference: Assembly, lowered: Assembly) -> None:
    before, after = lowered.templates, reference.templates
    assert before.keys() < after.keys()
    kept = 0
    for stack, template in before.items():
        for name, was in template["Resources"].items():
            if was["Type"] in {*HOLDS_DATA, *MUST_NOT_MOVE}:
                now = after[stack]["Resources"][name]
                fixed = create_only(was["Type"])
                assert {k: v for k, v in was["Properties"].items() if k in fixed} == {
                    k: v for k, v in now["Properties"].items() if k in fixed
                }, f"{stack}/{name}"
                kept += 1
    assert kept > 60


def test_a_team_that_stays_where_it_is_changes_in_nothing(reference: Assembly, lowered: Assembly) -> None:
    before, after = lowered.templates, reference.templates
    stacks = [name for name in before if name.endswith("-team-pricing")]
    assert load(reference.platform_file).team("pricing").stage < Stage.RELIABLE
    assert stacks
    for stack in stacks:
        assert after[stack] == before[stack]


def test_no_account_trusts_one_that_an_organization_has_not_come_to(lowered: Assembly) -> None:
    text = json.dumps(lowered.templates)
    assert "5" * 12 not in text
    assert "6" * 12 not in text
