"""Rollout: which shares a number of instances can give, and how long it may all take."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_stages.reliable import Rollout
from mlops_stages.serving.rollout import TrafficShift, canary_percents, step_percents

INSTANCES = st.integers(1, 200)


def shift(fewest: int, most: int | None = None, **options: int | bool) -> TrafficShift:
    return Rollout(**options).shift("Endpoint", fewest=fewest, most=fewest if most is None else most)  # pyright: ignore[reportArgumentType]


def code(fewest: int, most: int | None = None, **options: int | bool) -> tuple[str, str]:
    with pytest.raises(ValueError, match=r"^REL-\d{3}: Endpoint: ") as error:
        shift(fewest, most, **options)
    found, _, rest = str(error.value).partition(": Endpoint: ")
    return found, rest


def test_a_canary_is_whole_instances() -> None:
    found = shift(10, canary_percent=10, bake_minutes=30)
    assert (found.kind, found.size_unit, found.size) == ("CANARY", "INSTANCE_COUNT", 1)
    assert found.first_share == 0.1


def test_a_tenth_of_two_instances_is_refused_with_what_they_can_give() -> None:
    assert code(2, canary_percent=10) == (
        "REL-022",
        "a canary of 10 % is not a whole number of 2 instances; give canary_percent 50, or keep at least 10 instances",
    )


def test_a_canary_of_a_single_instance_is_refused_with_the_ways_left() -> None:
    assert code(1, canary_percent=50) == (
        "REL-022",
        "a canary of 50 % is not a whole number of 1 instances; shift all at once, or keep at least 2 instances",
    )


def test_more_than_half_is_refused() -> None:
    refusal, says = code(10, canary_percent=60)
    assert refusal == "REL-022"
    assert says.endswith("; give canary_percent 10, 20, 30, 40, 50")


@pytest.mark.parametrize("percent", [0, -10, 101])
def test_no_share_at_all_is_refused(percent: int) -> None:
    assert code(10, canary_percent=percent)[0] == "REL-022"
    assert code(10, linear_step_percent=percent)[0] == "REL-023"


@pytest.mark.parametrize(
    ("instances", "percents"), [(1, ()), (2, (50,)), (3, (33,)), (4, (25, 50)), (8, (12, 25, 37, 50))]
)
def test_what_few_instances_can_give(instances: int, percents: tuple[int, ...]) -> None:
    assert canary_percents(instances) == percents


@given(INSTANCES)
def test_every_canary_on_offer_is_taken_and_no_more_than_sagemaker_allows(instances: int) -> None:
    for percent in canary_percents(instances):
        found = shift(instances, canary_percent=percent)
        assert found.size is not None
        assert 1 <= found.size <= instances / 2
        assert percent <= 100 * found.size / instances < percent + 1


@given(INSTANCES)
def test_every_step_on_offer_is_whole_instances_and_a_tenth_to_a_half(instances: int) -> None:
    for percent in step_percents(instances):
        found = shift(instances, linear_step_percent=percent, bake_minutes=5)
        assert (found.kind, found.size_unit, found.size) == ("LINEAR", "CAPACITY_PERCENT", percent)
        assert instances * percent % 100 == 0
        assert 10 <= percent <= 50


@given(INSTANCES, st.integers(1, 50))
def test_where_more_instances_would_do_so_many_do(instances: int, percent: int) -> None:
    if percent in canary_percents(instances):
        return
    _, says = code(instances, canary_percent=percent)
    if "keep at least" in says:
        enough = int(says.split("keep at least ")[1].split()[0])
        assert enough > instances
        assert percent in canary_percents(enough)


@given(INSTANCES, st.integers(0, 100), st.sampled_from([10, 20, 25, 50]), st.integers(5, 20))
def test_the_timeout_is_longer_than_all_waits(fewest: int, more: int, percent: int, bake: int) -> None:
    if percent not in step_percents(fewest):
        return
    found = shift(fewest, fewest + more, linear_step_percent=percent, bake_minutes=bake, start_minutes=10)
    steps = math.ceil(100 / percent)
    waits = steps * found.wait_seconds + found.termination_wait_seconds
    assert waits < found.timeout_seconds
    assert 600 <= found.timeout_seconds <= 28_800


def test_a_canary_waits_after_each_of_its_steps_and_before_the_old_fleet_goes() -> None:
    found = shift(10, canary_percent=10, bake_minutes=30, final_bake_minutes=15, start_minutes=60)
    assert (found.wait_seconds, found.termination_wait_seconds) == (1800, 900)
    assert found.timeout_seconds == 2 * 1800 + 900 + 3600


def test_a_rollout_of_more_than_eight_hours_is_refused() -> None:
    refusal, says = code(10, linear_step_percent=10, bake_minutes=60)
    assert refusal == "REL-024"
    assert "720 minutes (10 steps)" in says
    assert "allows 480" in says


def test_all_at_once_still_bakes() -> None:
    found = shift(1, all_at_once=True, bake_minutes=20)
    assert (found.kind, found.size, found.wait_seconds, found.termination_wait_seconds) == (
        "ALL_AT_ONCE",
        None,
        0,
        1200,
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"canary_percent": 10, "linear_step_percent": 10},
        {"canary_percent": 10, "all_at_once": True},
        {"all_at_once": True, "final_bake_minutes": 10},
    ],
)
def test_no_way_or_several_are_refused(options: dict[str, int | bool]) -> None:
    assert code(10, **options)[0] == "REL-020"


@pytest.mark.parametrize(
    "options",
    [
        {"bake_minutes": 4},
        {"bake_minutes": 61},
        {"final_bake_minutes": 0},
        {"start_minutes": 9},
        {"start_minutes": 241},
    ],
)
def test_minutes_that_no_alarm_could_go_off_in_or_that_sagemaker_does_not_take_are_refused(
    options: dict[str, int],
) -> None:
    assert code(10, canary_percent=10, **options)[0] == "REL-021"
