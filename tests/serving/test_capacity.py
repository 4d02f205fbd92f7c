"""Instances and Serverless: what fits, and what SageMaker would refuse or do otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.reliable import Instances, Serverless
from tests.reliable.deployed import service_model

FITTING = Instances(type="ml.m5.large", minimum=2, maximum=6, requests_per_minute=600)
SERVERLESS = Serverless(unprotected_because="a public demonstration of public data")


def refusal(part: Instances | Serverless) -> str:
    with pytest.raises(ValueError, match=r"^REL-\d{3}: Endpoint: ") as error:
        part.check("Endpoint")
    return str(error.value)[:7]


def test_two_instances_of_a_type_are_enough_to_say() -> None:
    two = Instances(type="ml.m5.large")
    two.check("Endpoint")
    assert (two.minimum, two.first, two.most, two.scales) == (2, 2, 2, False)


def test_as_many_as_the_traffic_needs() -> None:
    FITTING.check("Endpoint")
    assert (FITTING.first, FITTING.most, FITTING.scales) == (2, 6, True)


@pytest.mark.parametrize("type", ["m5.large", "ml.m5", "ml.m5.large ", "ml.*", "", "ml.inf1.xlarge"])
def test_what_is_no_instance_type_or_cannot_shift_in_steps_is_refused(type: str) -> None:
    assert refusal(Instances(type=type)) == "REL-025"


@pytest.mark.parametrize(
    "numbers",
    [{"minimum": 0}, {"minimum": 3, "maximum": 2}, {"initial": 7}, {"initial": 1}, {"maximum": 1001}],
)
def test_numbers_that_do_not_fit_are_refused(numbers: dict[str, int]) -> None:
    assert refusal(replace(FITTING, **numbers)) == "REL-026"


@pytest.mark.parametrize(
    "numbers",
    [
        {"requests_per_minute": None},
        {"maximum": None},
        {"maximum": 2},
        {"requests_per_minute": 0},
        {"scale_in_cooldown_seconds": -1},
        {"scale_out_cooldown_seconds": 3601},
    ],
)
def test_scaling_says_when_and_a_fixed_number_does_not(numbers: dict[str, Any]) -> None:
    assert refusal(replace(FITTING, **numbers)) == "REL-027"


def test_types_with_local_storage_are_known() -> None:
    types = service_model().shape_for("ProductionVariantInstanceType").enum
    themselves = {each for each in types if Instances(type=each).encrypt_themselves}
    families = {each.split(".")[1] for each in themselves}
    assert families >= {
        "m5d",
        "c5d",
        "r5d",
        "g4dn",
        "g5",
        "g6",
        "g6e",
        "g7e",
        "p4d",
        "p5",
        "trn1",
        "dl1",
        "m6gd",
        "r7gd",
    }
    assert families.isdisjoint({"t2", "m5", "m7i", "c5", "c6g", "c6in", "r5", "r8g", "p3", "inf2"})


@pytest.mark.parametrize(
    "options",
    [
        {"unprotected_because": "  "},
        {"memory_mb": 1000},
        {"memory_mb": 7168},
        {"max_concurrency": 0},
        {"max_concurrency": 201},
        {"provisioned_concurrency": 11},
        {"provisioned_concurrency": 0},
    ],
)
def test_serverless_says_why_and_takes_what_is_on_offer(options: dict[str, Any]) -> None:
    SERVERLESS.check("Endpoint")
    assert refusal(replace(SERVERLESS, **options)) == "REL-028"
