"""CostAnomalyWatch: a daily mail about unusual spending."""

import json

from mlops_stages.initial import CostAnomalyWatch
from tests.foundation.built import built

OWNER = "platform@acme.example"
EXISTING = "arn:aws:ce::111111111111:anomalymonitor/11111111-2222-3333-4444-555555555555"


def test_it_watches_all_services_and_tells_the_owner_daily() -> None:
    found = built(lambda stack: CostAnomalyWatch(stack, "Watch", name="acme", owner=OWNER))
    monitor, subscription = found.one("AWS::CE::AnomalyMonitor"), found.one("AWS::CE::AnomalySubscription")
    assert (monitor["MonitorType"], monitor["MonitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    assert subscription["Subscribers"] == [{"Address": OWNER, "Type": "EMAIL"}]
    assert subscription["Frequency"] == "DAILY"
    (name,) = found.resources("AWS::CE::AnomalyMonitor")
    assert subscription["MonitorArnList"] == [{"Fn::GetAtt": [name, "MonitorArn"]}]
    assert found.findings == ()


def test_small_surprises_tell_nobody() -> None:
    for usd in (100, 0, 2500):
        found = built(lambda stack, usd=usd: CostAnomalyWatch(stack, "W", name="a", owner=OWNER, minimum_usd=usd))
        threshold = json.loads(found.one("AWS::CE::AnomalySubscription")["ThresholdExpression"])
        assert threshold["Dimensions"]["Key"] == "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
        assert threshold["Dimensions"]["Values"] == [str(usd)]


def test_an_accounts_existing_monitor_is_used_alike() -> None:
    found = built(lambda stack: CostAnomalyWatch(stack, "W", name="a", owner=OWNER, monitor_arn=EXISTING))
    assert found.types == {"AWS::CE::AnomalySubscription": 1}
    assert found.one("AWS::CE::AnomalySubscription")["MonitorArnList"] == [EXISTING]
