"""What SageMaker Studio offers people."""

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import InstanceType


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
        description="The instance types that people may start, for apps and for jobs.",
        examples=[["ml.t3.medium", "ml.m5.large"]],
    )
