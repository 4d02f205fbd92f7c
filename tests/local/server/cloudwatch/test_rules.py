"""Rules of composite alarms: AWS's examples, precedence, bounds."""

from __future__ import annotations

import pytest

from mlops_stages.local.server.api.records import ServiceError
from mlops_stages.local.server.cloudwatch import rules

STATES = {"cpu": "ALARM", "disk": "OK", "network": "OK", "new": "INSUFFICIENT_DATA", "two words": "ALARM"}


def holds(rule: str) -> bool:
    return rules.holds(rules.parse(rule), STATES.get)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(cpu)", True),
        ('ALARM("cpu")', True),
        ('ALARM("two words")', True),
        ("OK(cpu)", False),
        ("INSUFFICIENT_DATA(new)", True),
        ("ALARM(cpu) AND ALARM(disk)", False),
        ("ALARM(cpu) AND NOT ALARM(disk)", True),
        ("(ALARM(cpu) OR ALARM(disk)) AND OK(network)", True),
        ("ALARM(disk) OR ALARM(cpu) AND OK(network)", True),
        ("ALARM(cpu) OR ALARM(cpu) AND ALARM(disk)", True),
        ("(ALARM(cpu) OR ALARM(cpu)) AND ALARM(disk)", False),
        ("NOT (ALARM(cpu) AND OK(disk))", False),
        ("NOT NOT TRUE", True),
        ("FALSE", False),
        ("TRUE AND FALSE OR TRUE", True),
        ("ALARM(nobody)", False),
        ("AT_LEAST(1, ALARM, (cpu, disk))", True),
        ("AT_LEAST(2, ALARM, (cpu, disk, network))", False),
        ("AT_LEAST(50%, OK, (cpu, disk, network))", True),
        ("AT_LEAST(2, NOT ALARM, (cpu, disk, network)) AND ALARM(cpu)", True),
    ],
)
def test_a_rule_holds_by_the_states_of_its_alarms(rule: str, expected: bool) -> None:
    assert holds(rule) is expected


def test_a_rule_names_its_alarms_once() -> None:
    assert rules.children(rules.parse("ALARM(a) OR OK(b) AND NOT ALARM(a)")) == ("a", "b")


@pytest.mark.parametrize(
    "rule",
    [
        "", " ", "cpu", "ALARM", "ALARM()", "ALARM(cpu", "ALARM(cpu))", "ALARM(a b)", "ALARM(cpu) ALARM(disk)",
        "ALARM(cpu) XOR OK(disk)", "AND", "NOT", "alarm(cpu)", "()", "TRUE OR", 'ALARM("cpu)', "OK(cpu), OK(disk)",
        "AT_LEAST(x, ALARM, (cpu))", "AT_LEAST(1, ALARM, cpu)", "AT_LEAST(1, (cpu))", "AT_LEAST(9999, OK, (cpu))",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ServiceError) as refused:
        rules.parse(rule)
    assert refused.value.code == "ValidationError"


@pytest.mark.parametrize(
    "rule",
    [
        "NOT " * 1000 + "TRUE",
        "(" * 1000 + "TRUE" + ")" * 1000,
        " OR ".join(["TRUE"] * 501),
        " OR ".join(f"ALARM(a{number})" for number in range(101)),
    ],
)
def test_a_rule_is_bounded(rule: str) -> None:
    with pytest.raises(ServiceError):
        rules.parse(rule)


def test_a_rule_of_the_greatest_size_is_read() -> None:
    assert len(rules.children(rules.parse(" OR ".join(f"ALARM(a{number})" for number in range(100))))) == 100
