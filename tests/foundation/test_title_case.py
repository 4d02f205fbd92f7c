"""Names without their hyphens."""

import pytest

from mlops_stages.foundation import title_case


@pytest.mark.parametrize(
    ("name", "written"),
    [("late-arrival", "LateArrival"), ("model", "Model"), ("card-1", "Card1"), ("card1", "Card1"), ("", "")],
)
def test_a_name_is_written_without_its_hyphens(name: str, written: str) -> None:
    assert title_case(name) == written
