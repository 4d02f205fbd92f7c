"""CloudFormation's types of hosting: a stack waits for its endpoint, and comes back with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.local.client import honesty
from tests.local.clients import LocalAws, refusal
from tests.local.hosting import SERVING_IMAGE, Hosting, named
from tests.local.laboratory import until
from tests.local.server.sagemaker.hosting.test_models import package, share
from tests.local.stacks import RefusedStackError, Stack, att, changed, ref, resource, role

Json = dict[str, Any]
ALARM = {"EvaluationPeriods": 1, "Period": 60, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}


def model(hosting: Hosting, name: str, program: str) -> Json:
    container = {"Image": SERVING_IMAGE, "ModelDataUrl": hosting.data(program)}
    given = {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": hosting.role}
    return resource("AWS::SageMaker::Model", EnableNetworkIsolation=True, **given)


def released(hosting: Hosting, version: str, *, bake: int = 0, program: str | None = None) -> Json:
    """A stack of one endpoint; each version has a model and a configuration of its own, as ours have."""
    variant = {
        "VariantName": "main",
        "ModelName": att(f"Model{version}", "ModelName"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": "2",
        "InitialVariantWeight": 1,
    }
    routing = {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": bake}
    of_release = [
        {"Name": "EndpointName", "Value": hosting.account},
        {"Name": "VariantName", "Value": "main"},
        {"Name": "EndpointConfigName", "Value": f"c-{version}"},
    ]
    return {
        f"Model{version}": model(hosting, f"m-{version}", program or named(version)),
        f"Config{version}": resource(
            "AWS::SageMaker::EndpointConfig", EndpointConfigName=f"c-{version}", ProductionVariants=[variant]
        ),
        f"Alarm{version}": resource(
            "AWS::CloudWatch::Alarm",
            AlarmName=f"a-{version}",
            Namespace="AWS/SageMaker",
            MetricName="Invocation4XXErrors",
            Statistic="Sum",
            Dimensions=of_release,
            TreatMissingData="notBreaching",
            **ALARM,
        ),
        "Endpoint": resource(
            "AWS::SageMaker::Endpoint",
            EndpointName=hosting.account,
            EndpointConfigName=att(f"Config{version}", "EndpointConfigName"),
            DeploymentConfig={
                "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ref(f"Alarm{version}")}]},
            },
        ),
    }


def begin(stack: Stack, resources: Json) -> str:
    """Start an update of the stack without waiting; its id."""
    return str(
        stack.client("cloudformation").update_stack(
            StackName=stack.name, TemplateBody=json.dumps({"Resources": resources})
        )["StackId"]
    )


@pytest.fixture
def stack(hosting: Hosting) -> Iterator[Stack]:
    made = Stack(hosting.aws, hosting.account)
    yield made
    for found in hosting.sagemaker.list_endpoints()["Endpoints"]:
        hosting.delete(found["EndpointName"])


def test_a_stack_is_complete_when_its_endpoint_serves_and_the_next_version_shifts_traffic(
    hosting: Hosting, stack: Stack
) -> None:
    outputs = stack.create(released(hosting, "1"), Name=att("Endpoint", "EndpointName"), Ref=ref("Endpoint"))
    assert outputs["Name"] == hosting.account
    assert outputs["Ref"] == f"arn:aws:sagemaker:eu-west-1:{hosting.account}:endpoint/{hosting.account}"
    assert hosting.invoke(hosting.account, "x") == "1:x"
    stack_id = begin(stack, released(hosting, "2", bake=300))
    hosting.baking(hosting.account)
    described = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"][0]
    assert described["StackStatus"] == "UPDATE_IN_PROGRESS"
    assert "".join(hosting.invoke(hosting.account)[0] for _ in range(4)) == "1212"
    hosting.advance(301)
    assert stack.settled(stack_id)["StackStatus"] == "UPDATE_COMPLETE"
    assert {hosting.invoke(hosting.account)[0] for _ in range(4)} == {"2"}
    stack.delete()
    assert hosting.sagemaker.list_endpoints()["Endpoints"] == []


@pytest.mark.parametrize("ending", ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE"])
def test_a_version_that_an_alarm_sends_back_leaves_the_old_one_serving(
    hosting: Hosting, stack: Stack, ending: str
) -> None:
    stack.create(released(hosting, "1"))
    chosen = {"account": hosting.account, "stack": ending}
    assert hosting.aws.ask("POST", "/_mlops-stages/stack-after-rollback", chosen)[0] == 200
    bad = "import http.server\n" + named("2").replace("self.send(200, '2'", "self.send(400, '2'")
    stack_id = begin(stack, released(hosting, "2", bake=600, program=bad))
    hosting.baking(hosting.account)
    for _ in range(4):
        try:
            hosting.invoke(hosting.account)
        except hosting.runtime.exceptions.ModelError:
            continue
    hosting.advance(120)
    if ending == "UPDATE_COMPLETE":
        assert stack.settled(stack_id)["StackStatus"] == ending
    else:
        with pytest.raises(RefusedStackError, match="rolled back to c-1"):
            stack.settled(stack_id)
    found = hosting.settled(hosting.account)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "c-1")
    assert "FailureReason" not in found
    assert {hosting.invoke(hosting.account)[0] for _ in range(4)} == {"1"}


def test_a_stack_whose_endpoint_fails_is_rolled_back_and_leaves_none(hosting: Hosting, stack: Stack) -> None:
    with pytest.raises(RefusedStackError, match="did not pass the ping health check"):
        stack.create(released(hosting, "1", program="raise SystemExit(1)"))
    assert hosting.sagemaker.list_endpoints()["Endpoints"] == []
    assert hosting.sagemaker.list_models()["Models"] == []


def test_another_name_or_another_model_makes_another_one_and_what_is_retained_stays(
    hosting: Hosting, stack: Stack
) -> None:
    kept = {**model(hosting, "one", named("1")), "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    stack.create({"Model": kept})
    stack.update(changed({"Model": kept}, "Model", ModelName="two"))
    assert {each["ModelName"] for each in hosting.sagemaker.list_models()["Models"]} == {"one", "two"}
    stack.delete()
    assert {each["ModelName"] for each in hosting.sagemaker.list_models()["Models"]} == {"one", "two"}


def test_a_template_makes_no_model_of_a_package_whose_group_does_not_say_so(local_aws: LocalAws, account: str) -> None:
    arn = package(local_aws, "999999999999")
    container = {"ModelPackageName": arn, "Environment": {"MODEL_PACKAGE_ARN": arn}}
    made = {
        "Role": role(),
        "Model": resource("AWS::SageMaker::Model", PrimaryContainer=container, ExecutionRoleArn=att("Role", "Arn")),
    }
    with pytest.raises(RefusedStackError, match="no resource-based policy allows"):
        Stack(local_aws, account).create(made)
    share(local_aws, arn, account)
    outputs = Stack(local_aws, account).create(made, Name=att("Model", "ModelName"))
    found = local_aws.client("sagemaker", account).describe_model(ModelName=outputs["Name"])
    assert found["PrimaryContainer"]["ModelPackageName"] == arn


def test_a_scalable_variant_is_kept_and_holds_up_another_instance_type(hosting: Hosting, stack: Stack) -> None:
    target = resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        ServiceNamespace="sagemaker",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        ResourceId=f"endpoint/{hosting.account}/variant/main",
        MinCapacity=2,
        MaxCapacity=4,
    )
    tracking = {
        "TargetValue": 60,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    scaling = resource(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId=ref("Target"),
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    resources = {**released(hosting, "1"), "Target": {**target, "DependsOn": "Endpoint"}, "Policy": scaling}
    stack.create(resources)
    scaler = stack.client("application-autoscaling")
    found = scaler.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [(each["MinCapacity"], each["MaxCapacity"]) for each in found] == [(2, 4)]
    stack.update(changed(resources, "Target", MaxCapacity=6))
    assert scaler.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"][0]["MaxCapacity"] == 6
    other = hosting.configuration(named("2"), variant={"InstanceType": "ml.m5.xlarge"})
    given = {"EndpointName": hosting.account, "EndpointConfigName": other}
    said = refusal(lambda: hosting.sagemaker.update_endpoint(**given), code="ValidationException")
    assert "must be deregistered" in said
    stack.update({name: each for name, each in resources.items() if name not in ("Target", "Policy")})
    assert scaler.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    hosting.sagemaker.update_endpoint(**given)
    until(lambda: hosting.settled(hosting.account)["EndpointConfigName"] == other)


def test_what_a_stack_of_hosting_declares_is_held(hosting: Hosting, stack: Stack) -> None:
    tags = {"Tags": [{"Key": "team", "Value": "fraud"}]}
    resources = {
        name: {**each, "Properties": {**each["Properties"], **tags}} for name, each in released(hosting, "1").items()
    }
    stack.create(resources)
    own = [each for each in honesty.declared(hosting.aws.endpoint) if each.account == hosting.account]
    found = honesty.Comparison(hosting.aws.endpoint).compare(own)
    assert set(found.held) == {
        "AWS::CloudWatch::Alarm",
        *(f"AWS::SageMaker::{name}" for name in ("Model", "EndpointConfig", "Endpoint")),
    }
    assert (found.accepted, found.unchecked) == ((), ())


@pytest.mark.parametrize(
    "asked", [{}, {"account": "1"}, {"account": 1, "stack": "UPDATE_COMPLETE"}, {"account": "1", "stack": "OTHER"}]
)
def test_a_choice_of_what_a_stack_says_that_is_none_is_refused(local_aws: LocalAws, asked: Json) -> None:
    status, told = local_aws.ask("POST", "/_mlops-stages/stack-after-rollback", asked)
    assert (status, told["code"]) == (400, "ValidationError")
