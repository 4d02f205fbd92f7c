"""A tooling account and a team in it, as the tests of this stage take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, Perimeter, import_bucket
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable import ArtifactStore, RegisteredModel, SourceRepository, TeamTooling
from tests.foundation.built import ORGANIZATION, REGION, Built, Json, resolved

EXPERIMENTATION, DEVELOPMENT, TOOLING, DATA, STAGING, PRODUCTION = (str(n) * 12 for n in range(1, 7))
STRANGER = "999999999999"
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region=REGION,
    experimentation=EXPERIMENTATION,
    development=DEVELOPMENT,
    tooling=TOOLING,
    data=DATA,
    staging=STAGING,
    production=PRODUCTION,
    organization_id=ORGANIZATION,
)
HERE = Perimeter(partition="aws", account=TOOLING, region=REGION, organization_id=ORGANIZATION)
ONE_ACCOUNT = replace(
    ADDRESSES,
    experimentation=TOOLING,
    development=TOOLING,
    data=TOOLING,
    staging=TOOLING,
    production=TOOLING,
    organization_id=None,
)
ALONE = replace(HERE, organization_id=None)
BOUNDARY = f"arn:aws:iam::{TOOLING}:policy/acme-tooling-boundary"
REPOSITORY = SourceRepository(provider="github", owner="acme", name="late-arrival")
LATE_ARRIVAL = RegisteredModel(
    name="late-arrival",
    classification=DataClassification.INTERNAL,
    owner="lena@acme.example",
    approvers=["lena@acme.example", "olga@acme.example"],
)
CREW_DEMAND = RegisteredModel(
    name="crew-demand",
    classification=DataClassification.CONFIDENTIAL,
    owner="omar@acme.example",
    approvers=["olga@acme.example", "omar@acme.example"],
)
GATE_CHANGE = RegisteredModel(
    name="gate-change",
    classification=DataClassification.INTERNAL,
    owner="omar@acme.example",
    approvers=["omar@acme.example"],
)
SIGN_IN = IamSignIn(account=TOOLING)
BUCKET = "arn:aws:s3:::acme-arrivals-artifacts-333333333333"
KEY = f"arn:aws:kms:{REGION}:{TOOLING}:key/artifacts"


def a_team(stack: Stack, **options: Any) -> TeamTooling:  # noqa: ANN401  # each test names a real option
    """Team arrivals with one model, unless told otherwise."""
    given: dict[str, Any] = {
        "team": "arrivals",
        "addresses": ADDRESSES,
        "perimeter": HERE,
        "permissions_boundary_arn": BOUNDARY,
        "access_log_bucket": import_bucket(stack, "AccessLogs", name="access-logs"),
        "operations_key_arn": f"arn:aws:kms:{REGION}:{TOOLING}:key/operations",
        "alarm_topic_arn": f"arn:aws:sns:{REGION}:{TOOLING}:alarms",
        "models": [LATE_ARRIVAL],
        "repository": REPOSITORY,
        "sign_in": SIGN_IN,
        "readers": [STAGING, PRODUCTION],
    }
    return TeamTooling(stack, "Team", **{**given, **options})


def a_store(
    stack: Stack,
    addresses: Addresses = ADDRESSES,
    perimeter: Perimeter = HERE,
    models: Sequence[str] = ("late-arrival", "crew-demand"),
    readers: Sequence[str] = (STAGING, PRODUCTION),
    compared: Sequence[str] = (),
) -> ArtifactStore:
    """The artifacts of team arrivals."""
    return ArtifactStore(
        stack,
        "Artifacts",
        perimeter=perimeter,
        addresses=addresses,
        team="arrivals",
        models=models,
        readers=readers,
        access_log_bucket=import_bucket(stack, "AccessLogs", name="access-logs"),
        compared=compared,
    )


def named(found: Built, document: Json) -> Json:
    """A document with the artifacts' bucket and key by their ARNs."""
    (bucket,), (key,) = found.resources("AWS::S3::Bucket"), found.resources("AWS::KMS::Key")
    return resolved(document, {f"{bucket}.Arn": BUCKET, f"{key}.Arn": KEY})


def principals(document: Json) -> list[str]:
    """Every account root that a policy names, statement by statement."""
    return [
        arn for each in document["Statement"] if isinstance(each["Principal"], dict) for arn in each["Principal"]["AWS"]
    ]
