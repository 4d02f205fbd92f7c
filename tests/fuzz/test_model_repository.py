"""What a model repository says of itself is read, or refused with a code."""

import tempfile
import time
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs.repository import ModelRepository
from mlops_stages.model_repository.updating import RECORD, read_record
from tests.fuzz.hostile import TEXTS
from tests.fuzz.test_platform_file import LAUGHS, SYNTAX

MODEL = """\
team: arrivals
model: late-arrival
quality: {metric: roc_auc, minimum: 0.65}
dataset: {name: "flights", first: "2013-01", last: "2013-04"}
training: {max_iter: 200, max_depth: null}
""".splitlines()


def judged(text: bytes) -> None:
    began = time.process_time()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "model.yaml").write_bytes(text)
        repository = ModelRepository(Path(directory))
        try:
            assert isinstance(repository.model["dataset"]["name"], str)
            repository.refuse_another("arrivals", "late-arrival")
        except UserError as error:
            assert error.code in ("LOC-080", "LOC-089")
            assert len(str(error)) < 10_000
    assert time.process_time() - began < 10


def test_a_parameter_of_a_training_may_be_nothing() -> None:
    judged("\n".join(MODEL).encode())


@example(0, LAUGHS + "team: *i\n")
@example(0, "[" * 100_000)
@example(0, "- " * 100_000)
@example(0, "team: " + "9" * 10_000)
@example(0, "team: !!int x")
@example(0, "team: 2024-99-99")
@example(0, "x" * 2_000_000)
@example(3, "dataset: {name: 1, first: [], last: {}}")
@given(st.integers(0, len(MODEL)), st.one_of(st.sampled_from([*TEXTS, *SYNTAX, "dataset: x"]), st.text(max_size=20)))
def test_any_model_file_is_read_or_refused(place: int, line: str) -> None:
    judged("\n".join([*MODEL[:place], line, *MODEL[place + 1 :]]).encode("utf-8", "surrogatepass"))


@example("[" * 100_000)
@example('{"template": ' + "9" * 5_000 + "}")
@example('{"template": 99}')
@example('{"template": 1, "rendered": {"../../x": "1"}}')
@example("\x00")
@given(st.one_of(st.sampled_from(TEXTS), st.text(max_size=40)))
def test_any_record_of_the_template_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, RECORD).parent.mkdir(parents=True, exist_ok=True)
        Path(directory, RECORD).write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            read_record(Path(directory))
        except UserError as error:
            assert error.code in ("MDL-006", "MDL-008")
