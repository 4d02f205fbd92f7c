"""What platform.yaml says of unusual costs reaches the account's watch."""

import json
from collections.abc import Callable, Iterator

from tests.conftest import Assembly, Template


def of_type(template: Template, kind: str) -> Iterator[Template]:
    return (each["Properties"] for each in template["Resources"].values() if each["Type"] == kind)


def threshold(subscription: Template) -> list[str]:
    return json.loads(subscription["ThresholdExpression"])["Dimensions"]["Values"]


def test_the_monitor_that_the_account_has_is_used_and_none_is_made(assembly: Callable[[str], Assembly]) -> None:
    template = assembly("comprehensive").templates["everything-experimentation"]
    (subscription,) = of_type(template, "AWS::CE::AnomalySubscription")
    assert subscription["MonitorArnList"] == [
        "arn:aws:ce::101010101010:anomalymonitor/0123abcd-4567-89ab-cdef-0123456789ab"
    ]
    assert threshold(subscription) == ["250"]
    assert not list(of_type(template, "AWS::CE::AnomalyMonitor"))


def test_an_account_that_has_no_monitor_gets_one(assembly: Callable[[str], Assembly]) -> None:
    template = assembly("minimal").templates["tiny-experimentation"]
    (subscription,) = of_type(template, "AWS::CE::AnomalySubscription")
    assert threshold(subscription) == ["100"]
    assert len(list(of_type(template, "AWS::CE::AnomalyMonitor"))) == 1
