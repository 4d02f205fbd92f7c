"""A condition as far as it can be made out, and as it runs."""

from typing import Any

import pytest

from mlops_stages.pipeline_definition.condition import CONDITIONS, condition_of
from mlops_stages.pipeline_definition.expressions import Parameter
from mlops_stages.pipeline_definition.pipeline import Comparison, comparison_of

PLACE = ("Arguments", "Conditions", 0)
LEAST = {"Get": "Parameters.Least"}


def test_what_is_compared_is_told_with_its_place() -> None:
    found = condition_of({"Type": "In", "QueryValue": LEAST, "Values": ["a", 1]}, PLACE)
    assert found.compared == (
        ((*PLACE, "QueryValue"), LEAST),
        ((*PLACE, "Values", 0), "a"),
        ((*PLACE, "Values", 1), 1),
    )


def test_conditions_within_each_other_are_found_where_they_stand() -> None:
    equal = {"Type": "Equals", "LeftValue": 1, "RightValue": LEAST}
    found = condition_of({"Type": "Or", "Conditions": [{"Type": "Not", "Expression": equal}, 5, equal]}, PLACE)
    assert [inner.loc for inner in found.inner] == [(*PLACE, "Conditions", 0), (*PLACE, "Conditions", 2)]
    assert found.inner[0].inner[0].loc == (*PLACE, "Conditions", 0, "Expression")
    assert comparison_of(found.inner[1]) == Comparison(type="Equals", operands=(1, Parameter("Least")))


@pytest.mark.parametrize(
    "value",
    [{}, {"Type": None}, {"Type": "Nearly", "LeftValue": 1}, {"Type": ["Equals"]}, {"Type": "Or", "Conditions": 3}],
)
def test_what_cannot_be_made_out_is_left_out(value: dict[str, Any]) -> None:
    found = condition_of(value, PLACE)
    assert (found.compared, found.inner, found.value) == ((), (), value)
    assert found.type in (None, *CONDITIONS)
