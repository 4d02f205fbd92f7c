"""Who hears of unusual costs, and from how much on."""

from pydantic import Field

from mlops_stages.platform.section import Section
from mlops_stages.platform.text import MonitorArn


class CostAnomalies(Section):
    """The watch for spending that is unlike the weeks before; the platform's owner is told."""

    monitor_arn: MonitorArn | None = Field(
        default=None,
        description="The experimentation account's monitor of services, where it has one: AWS allows one, and makes "
        "it by itself for accounts that enable Cost Explorer. Left out: the platform makes its own.",
        examples=["arn:aws:ce::111111111111:anomalymonitor/01234567-89ab-cdef-0123-456789abcdef"],
    )
    minimum_usd: int = Field(
        default=100,
        ge=1,
        le=1_000_000_000,
        description="Whole US dollars of total impact below which nobody is told.",
        examples=[100],
    )
