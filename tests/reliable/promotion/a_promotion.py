"""A model's promotion in the tooling account, as the tests of this stage take it."""

from typing import Any

from aws_cdk import Stack

from mlops_stages.foundation import CustomerManagedKey, Perimeter
from mlops_stages.reliable.promotion import CODE, Promotion, promotions_may_encrypt
from mlops_stages.reliable.promotion.statements import SERVICES
from mlops_stages.runtime.promotion.settings import Promise
from tests.foundation.built import ORGANIZATION, REGION
from tests.reliable.ledger.built_ledger import ADDRESSES, TOOLING

HERE = Perimeter(partition="aws", account=TOOLING, region=REGION, organization_id=ORGANIZATION)
BOUNDARY = f"arn:aws:iam::{TOOLING}:policy/acme-tooling-boundary"
OWNER = "flora.king@acme.example"


def a_promotion(stack: Stack, **options: Any) -> Promotion:  # noqa: ANN401 - each test names a real option
    """The promotion of model late-arrival, with its team's key."""
    key = CustomerManagedKey(
        stack,
        "Key",
        perimeter=HERE,
        alias=ADDRESSES.promotion_key_alias("arrivals").removeprefix("alias/"),
        description="Promotions of team arrivals",
        via=SERVICES,
        statements=promotions_may_encrypt(HERE),
    )
    given: dict[str, Any] = {
        "perimeter": HERE,
        "addresses": ADDRESSES,
        "team": "arrivals",
        "model": "late-arrival",
        "owner": OWNER,
        "promise": Promise(metric="auc", value=0.66, p99_latency_ms=200, requests_per_minute=60.0),
        "longest_minutes": 180,
        "inputs": [("amount", "number"), ("country", "category")],
        "key": key,
        "code": CODE.placed(stack),
        "permissions_boundary_arn": BOUNDARY,
    }
    return Promotion(stack, "Promotion", **{**given, **options})
