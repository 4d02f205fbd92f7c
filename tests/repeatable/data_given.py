"""The data account of the tests: names, teams' data, feature groups."""

from dataclasses import replace
from typing import Any

from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, Perimeter, import_bucket
from mlops_stages.initial import OwnNetworkOptions
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.data_account import DataAccount
from mlops_stages.repeatable.feature_group import FeatureGroupSpec, FeatureSpec
from mlops_stages.repeatable.shared_labels import LabelledModel
from mlops_stages.repeatable.team_data import TeamData
from tests.foundation.built import NETWORK, ORGANIZATION, REGION

EXPERIMENTATION, DEVELOPMENT, TOOLING, DATA = "111111111111", "222222222222", "333333333333", "444444444444"
PRODUCTION, STRANGER = "666666666666", "999999999999"
INTERNAL, CONFIDENTIAL, RESTRICTED = (
    DataClassification.INTERNAL,
    DataClassification.CONFIDENTIAL,
    DataClassification.RESTRICTED,
)
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region=REGION,
    experimentation=EXPERIMENTATION,
    development=DEVELOPMENT,
    tooling=TOOLING,
    data=DATA,
    production=PRODUCTION,
    organization_id=ORGANIZATION,
)
ONE_ACCOUNT = replace(ADDRESSES, experimentation=DATA, development=DATA, tooling=DATA, organization_id=None)
PERIMETER = Perimeter(partition="aws", account=DATA, region=REGION, organization_id=ORGANIZATION)
BOUNDARY = f"arn:aws:iam::{DATA}:policy/acme-data-boundary"
ENGINEERS = ("dora.silva@acme.example", "eli.berg@acme.example")
DELAYS = FeatureGroupSpec(
    name="route-delays",
    classification=INTERNAL,
    record_identifier="route",
    event_time="observed_at",
    features=[
        FeatureSpec(name="route", type="String"),
        FeatureSpec(name="observed_at", type="String"),
        FeatureSpec(name="mean_delay", type="Fractional"),
    ],
)


def labelled(name: str = "late-arrival", **more: Any) -> LabelledModel:  # noqa: ANN401 - any of its fields
    """A model of team arrivals whose labels production reads."""
    fields: dict[str, Any] = {
        "name": name,
        "classification": INTERNAL,
        "reader_account": PRODUCTION,
        "reader_role_arn": ADDRESSES.monitor_role("arrivals", name, "production"),
    }
    return LabelledModel(**{**fields, **more})


def team_data(stack: Stack, **more: Any) -> TeamData:  # noqa: ANN401 - any of its options
    """Team arrivals' data, internal and restricted."""
    options: dict[str, Any] = {
        "platform": "acme",
        "team": "arrivals",
        "addresses": ADDRESSES,
        "perimeter": PERIMETER,
        "permissions_boundary_arn": BOUNDARY,
        "access_log_bucket": import_bucket(stack, "AccessLogs", name="access-logs"),
        "network": NETWORK,
        "classifications": [RESTRICTED, INTERNAL],
        "engineers": ENGINEERS,
        "sign_in": IamSignIn(account=EXPERIMENTATION),
        "feature_groups": [DELAYS],
    }
    return TeamData(stack, "Team", **{**options, **more})


def data_account(stack: Stack, **more: Any) -> DataAccount:  # noqa: ANN401 - any of its options
    """The data account's shared part."""
    options: dict[str, Any] = {
        "platform": "acme",
        "owner": "platform@acme.example",
        "perimeter": PERIMETER,
        "addresses": ADDRESSES,
        "network": OwnNetworkOptions(cidr="10.22.0.0/16"),
    }
    return DataAccount(stack, "Account", **{**options, **more})
