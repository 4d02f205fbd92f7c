"""A pipeline's definition of any content has one verdict: of the platform's check, and of the local CreatePipeline."""

import copy
import json
import random
import time
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mlops_stages.local.server.sagemaker.pipelines import definition as definitions
from mlops_stages.local.server.sagemaker.pipelines.definition import DefinitionError
from mlops_stages.pipeline_definition.definition import checked
from mlops_stages.pipeline_definition.kinds import PLATFORM
from tests.fuzz.hostile import places, put, values
from tests.pipeline_definition.cases import MAY_NOT
from tests.pipeline_definition.given import GOOD

PLACES = places(GOOD)
NEITHER = ("MlflowConfig",)


def judged(text: str) -> None:
    began = time.process_time()
    wrong = {fault for fault in checked(text, PLATFORM)[1] if fault.code != MAY_NOT or fault.loc == NEITHER}
    try:
        definitions.read(text)
        refused = False
    except DefinitionError as error:
        refused = True
        assert len(str(error)) < 100_000
    assert refused is bool(wrong), wrong
    assert time.process_time() - began < 10


@example([(0, "[" * 200)])
@given(st.lists(st.tuples(st.integers(0, len(PLACES) - 1), values), min_size=1, max_size=3))
def test_any_change_of_a_definition_has_one_verdict(changes: list[tuple[int, Any]]) -> None:
    document = copy.deepcopy(GOOD)
    for index, value in changes:
        try:
            put(document, PLACES[index], value)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change has taken the place away
    judged(json.dumps(document))


TEXT = json.dumps(GOOD)


@example(0, '{"Version": "2020-12-01", "Version": "2020-12-01",')
@example(1, '"a": NaN, ')
@example(1, '"a": Infinity, ')
@example(1, '"Version": "x", ')
@example(0, "[" * 100_000)
@example(0, '{"a":' * 5_000)
@example(1, '"a": ' + "9" * 5_000 + ", ")
@example(0, "\ufeff")
@given(
    st.integers(0, len(TEXT)),
    st.one_of(st.sampled_from(["{", "}", "[", "]", ",", '"', "\\", "NaN", "\x00"]), st.text(max_size=5)),
)
def test_any_text_has_one_verdict(place: int, more: str) -> None:
    judged(TEXT[:place] + more + TEXT[place:])


@given(st.integers(0, 2**32))
def test_a_text_with_parts_moved_about_has_one_verdict(seed: int) -> None:
    chance = random.Random(seed)
    first, second = sorted(chance.sample(range(len(TEXT)), 2))
    judged(TEXT[:first] + TEXT[second : second + chance.randint(0, 200)] + TEXT[first:])
