"""A model that answers requests: released by parameters, shifted in steps, watched, and back by itself."""

from dataclasses import replace

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import AlarmTopic, retain
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.endpoint_scaling import EndpointScaling
from mlops_stages.reliable.math_alarm import Watch
from mlops_stages.reliable.release_parameters import ReleaseParameters, refuse_a_second
from mlops_stages.reliable.released_config import Hosting, ReleasedConfig
from mlops_stages.reliable.rollback_alarms import RollbackAlarms
from mlops_stages.reliable.served_model import VARIANT, ServedModel
from mlops_stages.reliable.service_level_alarms import ServiceLevelAlarms
from mlops_stages.serving.capacity import Instances, Serverless
from mlops_stages.serving.challenger import Challenger
from mlops_stages.serving.rollout import Rollout, TrafficShift
from mlops_stages.serving.service_level import RollbackLimits, ServiceLevel
from mlops_stages.serving.terms import agreed_shift

LOG_DAYS = 365


class ModelEndpoint(Construct):
    """One model's endpoint in one environment: one in a stack, whose parameters alone change from release to release.

    `ModelPackageArn` and `ConfigName` are empty at first, and nothing is served. A release is a change set on the very
    template with these two given: it makes a model and a configuration under new names, and SageMaker shifts the
    traffic in steps, and back if an alarm goes off that sees the new fleet alone. Model and configuration are kept when
    the next release replaces them: what serves on after a rollback is there. Whether a release has arrived, only
    `EndpointConfigName` of the endpoint says, never its status.

    The first version of all has no old fleet beside it: nothing is shifted, and there is nothing to go back to.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        role_arn: str,
        capacity: Instances | Serverless,
        rollout: Rollout,
        level: ServiceLevel,
        topic: AlarmTopic,
        runbook: str,
        log_key_arn: str,
        volume_key_arn: str | None,
        capture: Capture | None,
        limits: RollbackLimits | None = None,
        challenger: Challenger | None = None,
        detailed_observability: bool = False,
        notices_arn: str | None = None,
    ) -> None:
        """Create parameters, model, configuration, endpoint, alarms and scaling.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            role_arn: of its `ServingRole`.
            capacity: what it runs on.
            rollout: how a new version takes the traffic over.
            level: what its callers may count on.
            topic: who is told when a release is sent back, and when a promise to its callers is broken.
            runbook: where that person reads what to do: an address or a page.
            log_key_arn: of the key of the containers' logs; its policy must hold `logs_may_encrypt`.
            volume_key_arn: of the key of the instances' volumes; None for instances that encrypt their own, and for
                serverless.
            capture: where every decision is kept; None for serverless, which cannot.
            limits: from when on a new version goes back; `RollbackLimits()` if not given.
            challenger: allows the parameter `ShadowPackageArn`: a version that answers in the shadow.
            detailed_observability: SageMaker asks each container for `/metrics` and charges for what it publishes; its
                own default is to do so.
            notices_arn: of the function that is told of broken promises instead (`ModelNotices`): it must let alarms
                call it whose names begin with the endpoint's.

        Raises:
            ValueError: `REL-020` to `REL-035` for what a part refuses; `REL-036` for what does not go with the
                capacity; `REL-037` for a second endpoint in a stack; `REL-038` for a runbook longer than a description
                takes.
        """
        hosting = Hosting(
            role_arn=role_arn,
            capacity=capacity,
            volume_key_arn=volume_key_arn,
            capture=capture,
            challenger=challenger,
            detailed_observability=detailed_observability,
        )
        judged_by = RollbackLimits() if limits is None else limits
        shift = _checked(id, served, hosting, rollout, level, judged_by)
        told = served.told(id, runbook)
        refuse_a_second(scope, id)
        super().__init__(scope, id)
        self.endpoint_name: str = served.endpoint_name
        """What callers name."""
        self._release = ReleaseParameters(
            self, "Release", served=served, shift=shift, has_challenger=challenger is not None
        )
        released = ReleasedConfig(self, "Released", served=served, hosting=hosting, release=self._release, shift=shift)
        self.config_name: str = released.name
        """What `EndpointConfigName` of the endpoint is once a release has arrived."""
        watch = Watch(
            dimensions={"EndpointName": served.endpoint_name, "VariantName": VARIANT},
            tells=topic.topic_arn,
            told=told,
            condition=self._release.serving,
        )
        alarms = RollbackAlarms(self, "Rollback", config_name=released.name, limits=judged_by, level=level, watch=watch)
        scales = isinstance(capacity, Instances) and capacity.scales
        self.resource: sagemaker.CfnEndpoint = self._endpoint(released, shift, alarms, scales=scales)
        self.resource.node.add_dependency(self._logs(served.log_group_name, log_key_arn))
        if notices_arn is not None:
            watch = replace(watch, tells=notices_arn, tells_when_over=True)
        ServiceLevelAlarms(self, "Promised", endpoint_name=served.endpoint_name, level=level, watch=watch)
        if isinstance(capacity, Instances) and capacity.requests_per_minute is not None:
            EndpointScaling(
                self,
                "Scaling",
                endpoint_name=served.endpoint_name,
                endpoint=self.resource,
                instances=capacity,
                requests_per_minute=capacity.requests_per_minute,
                condition=self._release.serving,
            )
        Tags.of(self).add("owner", served.owner)
        output = CfnOutput(
            self,
            "ConfigName",
            description="What EndpointConfigName of the endpoint must be for the release to have arrived",
            value=released.config.attr_endpoint_config_name,
            condition=self._release.serving,
        )
        output.override_logical_id("EndpointConfigName")

    def _endpoint(
        self, released: ReleasedConfig, shift: TrafficShift, alarms: RollbackAlarms, *, scales: bool
    ) -> sagemaker.CfnEndpoint:
        endpoint = sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=released.config.attr_endpoint_config_name,
            # As many instances as the traffic had brought about, or a release under load would start with too few; the
            # weights are the configuration's. Where their number is fixed, the configuration's number holds.
            retain_all_variant_properties=True if scales else None,
            exclude_retained_variant_properties=[
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type="DesiredWeight")
            ]
            if scales
            else None,
            deployment_config=sagemaker.CfnEndpoint.DeploymentConfigProperty(
                blue_green_update_policy=sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=self._release.routing,
                    termination_wait_in_seconds=shift.termination_wait_seconds,
                    maximum_execution_timeout_in_seconds=shift.timeout_seconds,
                ),
                auto_rollback_configuration=sagemaker.CfnEndpoint.AutoRollbackConfigProperty(
                    alarms=[sagemaker.CfnEndpoint.AlarmProperty(alarm_name=name) for name in alarms.names]
                ),
            ),
        )
        endpoint.cfn_options.condition = self._release.serving
        return endpoint

    def _logs(self, name: str, key_arn: str) -> logs.CfnLogGroup:
        """SageMaker would make the group itself, under no key and for ever."""
        group = logs.CfnLogGroup(self, "Logs", log_group_name=name, kms_key_id=key_arn, retention_in_days=LOG_DAYS)
        retain(group)
        return group


def _checked(
    where: str,
    served: ServedModel,
    hosting: Hosting,
    rollout: Rollout,
    level: ServiceLevel,
    limits: RollbackLimits,
) -> TrafficShift:
    served.check(where)
    hosting.check(where, served, all_at_once=rollout.all_at_once)
    return agreed_shift(where, capacity=hosting.capacity, rollout=rollout, level=level, limits=limits)
