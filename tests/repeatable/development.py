"""A development account and a team in it, as the tests of this stage take them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, Perimeter, StandardTags, import_bucket
from mlops_stages.initial import OwnNetworkOptions
from mlops_stages.pipeline_definition import PipelineDefinition, QualityBound
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable import DevelopmentAccount, TeamDevelopment, TrainedModel
from tests.foundation.built import NETWORK, ORGANIZATION, REGION

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTATION, DEVELOPMENT, TOOLING, DATA = (str(n) * 12 for n in range(1, 5))
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region=REGION,
    experimentation=EXPERIMENTATION,
    development=DEVELOPMENT,
    tooling=TOOLING,
    data=DATA,
    organization_id=ORGANIZATION,
)
HERE = Perimeter(partition="aws", account=DEVELOPMENT, region=REGION, organization_id=ORGANIZATION)
ONE_ACCOUNT = replace(
    ADDRESSES, experimentation=DEVELOPMENT, tooling=DEVELOPMENT, data=DEVELOPMENT, organization_id=None
)
ALONE = replace(HERE, organization_id=None)
BOUNDARY = f"arn:aws:iam::{DEVELOPMENT}:policy/acme-development-boundary"
DEFINITION = PipelineDefinition.read(ROOT / "pipelines" / "late-arrival.json", source="pipelines/late-arrival.json")
LATE_ARRIVAL = TrainedModel(
    name="late-arrival",
    classification=DataClassification.INTERNAL,
    definition=DEFINITION,
    quality=QualityBound(0.66, at_least=True),
)
INSTANCE_TYPES = ("ml.m5.large", "ml.m5.xlarge")
TAGS = StandardTags(
    team="arrivals", stage="repeatable", cost_center="4713", extra={"business-unit": "lending-and-travel"}
)
TRAINERS = ("zoe.martin@acme.example", "kim.tran@acme.example")


def a_team(stack: Stack, **options: Any) -> TeamDevelopment:  # noqa: ANN401 - each test names a real option
    """Team arrivals with one model, unless told otherwise."""
    given: dict[str, Any] = {
        "team": "arrivals",
        "addresses": ADDRESSES,
        "perimeter": HERE,
        "permissions_boundary_arn": BOUNDARY,
        "access_log_bucket": import_bucket(stack, "AccessLogs", name="access-logs"),
        "network": NETWORK,
        "models": [LATE_ARRIVAL],
        "classifications": [DataClassification.PUBLIC, DataClassification.INTERNAL, DataClassification.CONFIDENTIAL],
        "instance_types": INSTANCE_TYPES,
        "trainers": TRAINERS,
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "tags": TAGS,
    }
    return TeamDevelopment(stack, "Team", **{**given, **options})


def an_account(stack: Stack, **options: Any) -> DevelopmentAccount:  # noqa: ANN401 - each test names a real option
    """The development account's shared part."""
    given: dict[str, Any] = {
        "platform": "acme",
        "owner": "platform@acme.example",
        "perimeter": HERE,
        "addresses": ADDRESSES,
        "network": OwnNetworkOptions(cidr="10.21.0.0/16"),
    }
    return DevelopmentAccount(stack, "Account", **{**given, **options})
