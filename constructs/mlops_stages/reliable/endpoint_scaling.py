"""As many instances as the traffic needs."""

from aws_cdk import CfnCondition
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.reliable.served_model import VARIANT
from mlops_stages.serving.capacity import Instances

NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


class EndpointScaling(Construct):
    """Follows the requests of one instance a minute, between the fewest and the most instances.

    Application Auto Scaling does so under its service-linked role. It waits while the endpoint is updated.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        endpoint: sagemaker.CfnEndpoint,
        instances: Instances,
        requests_per_minute: int,
        condition: CfnCondition,
    ) -> None:
        """Create target and policy.

        Args:
            scope: the parent.
            id: the construct's id in it.
            endpoint_name: the endpoint's name.
            endpoint: what must exist before, and go after.
            instances: how many, and how soon after each other.
            requests_per_minute: of one instance, that are aimed at.
            condition: under which there is an endpoint.
        """
        super().__init__(scope, id)
        resource_id = f"endpoint/{endpoint_name}/variant/{VARIANT}"
        target = scaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=resource_id,
            min_capacity=instances.minimum,
            max_capacity=instances.most,
        )
        target.cfn_options.condition = condition
        target.node.add_dependency(endpoint)
        policy = scaling.CfnScalingPolicy(
            self,
            "Policy",
            policy_name=f"{endpoint_name}-requests",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=requests_per_minute,
                predefined_metric_specification=scaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                    predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                ),
                scale_out_cooldown=instances.scale_out_cooldown_seconds,
                scale_in_cooldown=instances.scale_in_cooldown_seconds,
            ),
        )
        policy.cfn_options.condition = condition
