"""A platform file of any content is read, or refused with codes; nothing else, and soon."""

import time
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mlops_stages.platform import PlatformErrors
from mlops_stages.platform.codes import CODES
from mlops_stages.platform.endpoint import Endpoint
from mlops_stages.platform.fields import sections_with_paths
from mlops_stages.platform.labels import Labels
from mlops_stages.platform.loading import load, loads, parse
from mlops_stages.platform.model import Model
from tests.fuzz.hostile import TEXTS

REFERENCE = Path(__file__).resolve().parents[2] / "platform.yaml"
LINES = REFERENCE.read_text("utf-8").splitlines()
LAUGHS = "a: &a [x,x]\n" + "".join(f"{n}: &{n} [*{m},*{m}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True))
SYNTAX = [
    "- ",
    "  ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "? ",
    "| ",
    "> ",
    "# ",
    "%YAML 1.2",
    "---",
    "...",
    "<<: *a",
    "\t",
    "'",
    '"',
]


def judged(text: str) -> None:
    began = time.process_time()
    try:
        loads(text)
    except PlatformErrors as errors:
        assert errors.errors
        for error in errors.errors:
            assert error.code in CODES
            assert len(str(error)) < 3_000
        assert all(line.isprintable() for line in str(errors).split("\n"))
    assert time.process_time() - began < 10


@example([(3, "put", LAUGHS)])
@example([(0, "put", "[" * 100_000)])
@example([(0, "put", "- " * 50_000)])
@example([(0, "put", "a: " + "9" * 100_000)])
@example([(0, "put", "x" * 2_000_000)])
@example([(0, "put", "a: \ud800\x00")])
@example([(0, "put", "\n".join(f"k{n}: v" for n in range(70_000)))])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(["put", "value", "twice", "gone", "in", "out"]),
            st.one_of(st.sampled_from([*TEXTS, *SYNTAX]), st.text(max_size=20)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_change_of_the_reference_is_read_or_refused(changes: list[tuple[int, str, str]]) -> None:
    lines = list(LINES)
    for index, how, text in changes:
        place = index % max(1, len(lines))
        line = lines[place] if lines else ""
        made = {
            "put": [text],
            "value": [f"{line.partition(':')[0]}: {text}"],
            "twice": [line, line],
            "gone": [],
            "in": [f"  {line}"],
            "out": [line.removeprefix("  ")],
        }[how]
        lines[place : place + 1] = made
    judged("\n".join(lines))


@example(b"\xff\xfe\x00")
@example(b"\x00" * 1000)
@example(b"a: " + b"\xed\xa0\x80")
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        try:
            load(Path(file.name))
        except PlatformErrors as errors:
            assert all(error.code in CODES for error in errors.errors)


KEYS = sorted({key for section in sections_with_paths(Model) for key in section.model_fields})
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 100_000),
    st.floats(),
    st.sampled_from(["ml.m5.large", "ml.inf1.xlarge", "ann@acme.example", "rate(1 hour)", "acme-requests", "a/b", ""]),
    st.sampled_from(TEXTS),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
)
LABELS = st.dictionaries(st.sampled_from(sorted(Labels.model_fields)), VALUES, max_size=5)
ENDPOINTS = st.dictionaries(st.sampled_from(sorted(Endpoint.model_fields)), VALUES, max_size=5)


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(sorted(Model.model_fields), VALUES),
            "endpoint": ENDPOINTS | VALUES,
            "labels": LABELS | VALUES,
        },
    )
)
def test_a_model_of_any_content_is_read_or_refused(model: dict[str, object]) -> None:
    held = dict[str, Any](YAML(typ="safe").load(REFERENCE))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    whole = {"name": "card-fraud", "owner": "ann@acme.example", "data_classification": "internal"}
    held["teams"][0]["models"] = [{**whole, **model}]
    try:
        platform = parse(held)
    except PlatformErrors as errors:
        assert all(error.code in CODES for error in errors.errors)
    else:
        assert all(note.code in CODES for note in platform.notes)
        found = platform.teams[0].models[0].endpoint_terms
        assert found is None or found.shift("Endpoint")
