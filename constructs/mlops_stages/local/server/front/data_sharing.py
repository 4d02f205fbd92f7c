"""The feature store's records, and resource shares that let other accounts at them."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.api import rest
from mlops_stages.local.server.api.records import Records
from mlops_stages.local.server.ram.resource_shares import ResourceShares
from mlops_stages.local.server.sagemaker.feature_store import online_store as feature_records


def register(records: Records, otherwise: engine.ResourcePolicy) -> None:
    """Put both in front of the emulators; `otherwise` knows the policies of SageMaker's other things."""
    shares = ResourceShares(records)

    def policy_of(arn: str) -> tuple[str | None, str] | None:
        return (shares.policy_of(arn), arn.split(":")[4]) if ":feature-group/" in arn else otherwise(arn)

    engine.add_service("sagemaker", feature_records.handler(records))
    engine.add_service("ram", rest.handler("ram", shares.handles, shares.dispatch))
    engine.add_resource_policies("sagemaker", policy_of)
