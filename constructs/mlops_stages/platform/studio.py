"""What SageMaker Studio offers people."""

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import EndpointService, InstanceType

MOST_INSTANCE_TYPES = 20
"""So many of the longest names fit into IAM's 6144 characters a policy, beside the 16 subnets that a network may have;
a test synthesizes them."""


class Studio(Section):
    """The limits of Studio for everyone."""

    idle_shutdown_minutes: int = Field(
        default=60,
        ge=60,
        le=525_600,
        description="After how many idle minutes an app stops, 60 to 525600 (AWS's own bounds).",
        examples=[60],
    )
    instance_types: tuple[InstanceType, ...] = Field(
        default=("ml.t3.medium", "ml.t3.large", "ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge", "ml.g4dn.xlarge"),
        min_length=1,
        max_length=MOST_INSTANCE_TYPES,
        description="The instance types that people may start, for apps and for jobs, 1 to 20.",
        examples=[["ml.t3.medium", "ml.m5.large"]],
    )
    mlflow_endpoint_service: EndpointService | None = Field(
        default=None,
        description="The VPC endpoint service through which code in Studio reaches MLflow apps, where it is another "
        "than `aws.sagemaker.REGION.experiments` ([how to see](new-team.md#4-record-to-mlflow)).",
        examples=["aws.sagemaker.eu-west-1.experiments"],
    )
