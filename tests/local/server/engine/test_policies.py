"""What a resource's policy lets AWS's own services do."""

import json

import pytest

from mlops_stages.local.server.engine import policies

TOPIC = "arn:aws:sns:eu-west-1:111111111111:owner"
ALARMS = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": TOPIC,
    "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}},
}
PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Resource": TOPIC,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("service", "account", "let"),
    [
        ("cloudwatch.amazonaws.com", "111111111111", True),
        ("cloudwatch.amazonaws.com", "222222222222", False),
        ("events.amazonaws.com", "111111111111", False),
    ],
)
def test_a_service_that_acts_within_no_request_comes_over_tls(service: str, account: str, let: bool) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ALARMS, PLAIN_HTTP]})
    assert policies.allowed_to_service(policy, service, "sns:Publish", TOPIC, {"aws:SourceAccount": account}) is let
