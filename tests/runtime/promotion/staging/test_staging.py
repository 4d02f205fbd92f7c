"""The tests of staging find what is wrong with an endpoint, and nothing with one that keeps its contract."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import model_repository
from mlops_stages.runtime.promotion.clock import Clock
from mlops_stages.runtime.promotion.codes import PromotionError
from mlops_stages.runtime.promotion.settings import Promise, Settings, inputs_sha256
from mlops_stages.runtime.promotion.staging import captured, comparison, golden, inputs, load, material
from mlops_stages.runtime.promotion.staging.endpoint import Ask, asker
from mlops_stages.runtime.promotion.staging.findings import Findings
from tests.runtime.promotion.given import ARTIFACTS, BEGAN, FIELDS, GROUP, SETTINGS, AwsError, Version, World, score

Json = dict[str, Any]


class Staging:
    """A version behind staging's endpoint."""

    def __init__(self, **version: Any) -> None:  # noqa: ANN401
        self.world = World()
        self.version: Version = self.world.version(1, **version)
        self.world.stacks["staging"].parameters["ModelPackageArn"] = self.version.arn
        self.endpoint = self.world.endpoint

    @property
    def material(self) -> material.Material:
        return material.read(self.version.described(), SETTINGS, self.world)

    @property
    def ask(self) -> Ask:
        return asker(self.endpoint, SETTINGS.staging.endpoint, lambda: self.world.seconds)

    def golden(self) -> Findings:
        return golden.check(self.ask, self.material, self.version.arn)

    def inputs(self) -> Findings:
        return inputs.check(self.ask, self.material)

    def load(
        self, promise: Promise, seconds: float | Iterator[float] = 0.0, at: Clock | None = None
    ) -> tuple[Findings, Json]:
        took = seconds if isinstance(seconds, Iterator) else itertools.repeat(seconds)

        def ask(body: bytes, content_type: str) -> Any:  # noqa: ANN401
            answer = self.ask(body, content_type)
            return type(answer)(answer.status, answer.body, next(took))

        return load.check(ask, self.material, promise, self.version.arn, at or self.world.promotion.clock)


@pytest.fixture
def staging() -> Staging:
    return Staging()


def says(found: Findings) -> str:
    return " | ".join(map(str, found.first))


def test_an_endpoint_that_keeps_its_contract_passes(staging: Staging) -> None:
    assert staging.golden().to_dict() == {"asked": 1, "wrong": 0, "findings": []}
    assert says(staging.inputs()) == ""
    assert says(staging.load(SETTINGS.promise)[0]) == ""


# Golden records


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"score": 0.5}, "the score is 0.5, registered was"),
        ({"score": float("nan")}, "the score is nan"),
        ({"score": "0.1"}, "not a score for each row"),
        ({"score": True}, "not a score for each row"),
        ({"decision_id": "another"}, "not theirs"),
        ({"model_package": "arn:aws:sagemaker:eu-west-1:333333333333:model-package/x/2"}, "the answer is of"),
    ],
)
def test_a_golden_record_that_is_answered_otherwise_is_found(staging: Staging, answer: Json, why: str) -> None:
    staging.endpoint.answer = lambda record: {"score": score(record), **answer}
    found = staging.golden()
    assert found.first[0].code == "PRM-050"
    assert why in says(found)


def test_a_score_within_the_tolerance_is_the_registered_one(staging: Staging) -> None:
    staging.endpoint.answer = lambda record: {"score": score(record) + 0.9e-6}
    assert staging.golden().count == 0


def test_a_fault_of_the_container_is_found(staging: Staging) -> None:
    staging.endpoint.answer = lambda _: None
    assert "the answer is 500" in says(staging.golden())


def test_a_refused_call_is_no_answer_of_the_endpoint(staging: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise AwsError("AccessDeniedException")

    monkeypatch.setattr(staging.endpoint, "invoke_endpoint", refuse)
    with pytest.raises(AwsError):
        staging.golden()


# Wrong inputs and edges


def test_every_field_is_tried_at_every_edge(staging: Staging) -> None:
    cases = {case.what: case.refused for case in inputs.cases_of(staging.material.fields)}
    assert {what: refused for what, refused in cases.items() if what.startswith(("hour", "wind", "origin"))} == {
        "hour: left out": True, "hour: missing": True, "hour: a text": True, "hour: the least seen": False,
        "hour: the largest seen": False, "hour: its minimum": False, "hour: below its minimum": True,
        "hour: its maximum": False, "hour: above its maximum": True, "hour: not a whole number": True,
        "wind: left out": True, "wind: missing": False, "wind: a text": True, "wind: the least seen": False,
        "wind: the largest seen": False, "wind: its minimum": False, "wind: below its minimum": True,
        "origin: left out": True, "origin: missing": True, "origin: a number": True,
        "origin: not seen in training": True,
    }  # fmt: skip
    assert cases["carrier: not seen in training"] is False
    assert {what for what in cases if what.startswith("CSV")} == {
        "CSV: a complete row", "CSV: two columns too many", "CSV: a column too few"
    }  # fmt: skip


def test_an_endpoint_that_takes_anything_is_found(staging: Staging) -> None:
    staging.endpoint.refuse = False
    found = staging.inputs()
    refused = sum(case.refused for case in inputs.cases_of(staging.material.fields))
    assert found.count == refused - 2  # it cannot but refuse rows of another width
    assert {each.code for each in found.first} == {"PRM-051"}


def test_an_endpoint_that_takes_one_wrong_field_is_found(staging: Staging) -> None:
    staging.endpoint.tolerant_of = "hour"
    assert "hour: below its minimum: the answer is 200, not 400" in says(staging.inputs())


def test_a_refusal_that_does_not_name_the_field_is_found(staging: Staging) -> None:
    staging.endpoint.named = False
    assert "hour: left out: the answer does not name the field" in says(staging.inputs())


def test_an_endpoint_narrower_than_its_schema_is_found() -> None:
    staging = Staging()
    staging.version.fields[0]["maximum"] = 24.0
    staging.version.write(staging.world.buckets[ARTIFACTS])
    assert "PRM-052 hour: its maximum: the answer is 400" in says(staging.inputs())


def test_no_more_is_asked_at_once_than_one_process_of_the_standard_server_takes() -> None:
    server = Path(model_repository.__file__).parent / "template" / "serving" / "serve.py"
    takes = re.search(r"^WAITING = (\d+)", server.read_text(encoding="utf-8"), re.MULTILINE)
    assert takes is not None
    assert int(takes[1]) > inputs.WORKERS


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"faults": 7}', '{"faults": [7]}', '{"faults": [{"row": 1}]}', "{" * 9999]
)
def test_a_refusal_in_another_form_names_nothing(body: str) -> None:
    assert inputs.named(body) == set()


# Load


def test_the_promised_rate_is_kept_and_said(staging: Staging) -> None:
    found, measured = staging.load(Promise(requests_per_minute=300.0, p99_latency_ms=50), seconds=0.04)
    assert (found.count, found.asked) == (0, 200)
    assert (measured["p99_ms"], measured["sent_per_minute"], measured["promised_per_minute"]) == ("40.0", "300", "300")


def test_a_low_promise_is_exceeded_rather_than_tried_for_hours(staging: Staging) -> None:
    found, measured = staging.load(Promise(requests_per_minute=1.0))
    assert (found.asked, measured["sent_per_minute"]) == (load.FEWEST, "40")


def test_without_a_promised_rate_enough_is_sent_to_say_what_99_of_100_are(staging: Staging) -> None:
    assert staging.load(Promise())[0].asked == load.FEWEST


def test_a_promise_that_one_function_cannot_try_says_what_was_tried(staging: Staging) -> None:
    staging.world.seconds = 0.0
    _, measured = staging.load(Promise(requests_per_minute=12_000.0))
    assert (measured["sent_per_minute"], measured["promised_per_minute"]) == ("6000", "12000")


def test_answers_slower_than_promised_are_found(staging: Staging) -> None:
    found, _ = staging.load(Promise(p99_latency_ms=50), seconds=0.051)
    assert says(found) == "PRM-053 load: p99 is 51.0 ms, promised are 50 ms"


def busy(staging: Staging, *runs: float) -> Clock:
    """A clock on whose machine a run's function wakes so many seconds late; after these runs at once."""
    woken = iter([late for late in runs for _ in range(load.FEWEST - 1)])

    def sleep(seconds: float) -> None:
        staging.world.seconds += seconds + next(woken, 0.0)

    return Clock(lambda: staging.world.seconds, sleep)


def test_a_slow_run_is_made_again_where_the_function_itself_was_kept_waiting(staging: Staging) -> None:
    seconds = iter([0.2] * load.FEWEST + [0.02] * load.FEWEST)
    found, measured = staging.load(Promise(p99_latency_ms=50), seconds, at=busy(staging, 0.08))
    assert (says(found), measured["runs"], measured["p99_ms"], measured["late_ms"]) == ("", 2, "20.0", "0.0")


def test_a_slow_run_is_not_made_again_where_the_function_was_in_time(staging: Staging) -> None:
    found, measured = staging.load(Promise(p99_latency_ms=50), 0.2, at=busy(staging, 0.04))
    assert (says(found), measured["runs"]) == ("PRM-053 load: p99 is 200.0 ms, promised are 50 ms", 1)


def test_a_run_within_the_promise_counts_on_a_busy_machine_too(staging: Staging) -> None:
    found, measured = staging.load(Promise(p99_latency_ms=50), 0.02, at=busy(staging, 0.08))
    assert (found.count, measured["runs"]) == (0, 1)


def test_a_machine_that_stays_busy_fails_the_test_and_is_named(staging: Staging) -> None:
    found, measured = staging.load(Promise(p99_latency_ms=50), 0.2, at=busy(staging, *[0.08] * load.RUNS))
    assert measured["runs"] == load.RUNS
    assert says(found) == (
        "PRM-053 load: p99 is 200.0 ms, promised are 50 ms; this function itself was 80 ms late, its machine is busy: "
        "promote it again"
    )


def test_a_long_run_is_not_made_again(staging: Staging) -> None:
    low = Promise(p99_latency_ms=50, requests_per_minute=1.0)
    assert staging.load(low, 0.2, at=busy(staging, *[0.08] * load.RUNS))[1]["runs"] == 1


def turning_away(staging: Staging, *calls: int) -> None:
    """Let the endpoint answer these calls that too much is asked."""
    numbers = itertools.count()
    staging.endpoint.answer = lambda record: None if next(numbers) in calls else {"score": score(record)}
    staging.endpoint.failing = 503


def test_a_run_that_is_turned_away_is_made_again_where_the_function_itself_sent_in_bursts(staging: Staging) -> None:
    turning_away(staging, 10, 11)
    found, measured = staging.load(Promise(availability_percent=99.5), at=busy(staging, 0.08))
    assert (found.count, measured["runs"], measured["failed"]) == (0, 2, 0)


def test_a_run_that_is_turned_away_counts_where_the_function_was_in_time(staging: Staging) -> None:
    turning_away(staging, 10, 11)
    found, measured = staging.load(Promise(availability_percent=99.5), at=busy(staging, 0.04))
    assert says(found) == "PRM-054 load: 2 of 200 answers are wrong or none; 0.5 % may be"
    assert measured["runs"] == 1


def test_a_model_that_fails_is_not_asked_again_on_a_busy_machine(staging: Staging) -> None:
    turning_away(staging, 10, 11)
    staging.endpoint.failing = 500
    found, measured = staging.load(Promise(availability_percent=99.5), at=busy(staging, 0.08))
    assert (found.count, measured["runs"]) == (1, 1)


def test_one_slow_answer_of_hundred_is_within_the_promise() -> None:
    assert load.percentile([0.01] * 99 + [9.0], 99) == 0.01
    assert load.percentile([0.01] * 98 + [9.0] * 2, 99) == 9.0


def test_failures_under_load_are_found_beyond_what_the_promise_allows(staging: Staging) -> None:
    calls = iter(range(10_000))
    staging.endpoint.answer = lambda record: None if next(calls) % 50 == 0 else {"score": score(record)}
    found, _ = staging.load(Promise(availability_percent=99.0))
    assert says(found) == "PRM-054 load: 4 of 200 answers are wrong or none; 1 % may be"
    assert staging.load(Promise(availability_percent=98.0))[0].count == 0


# What the tests are made of


def test_material_is_used_only_with_the_registered_bytes(staging: Staging) -> None:
    held = staging.world.buckets[ARTIFACTS]
    described = staging.version.described()
    for key in (key for key in list(held) if not key.startswith("code/")):
        before = held[key]
        for forged in (before + b"\n", b"", b"{" * 100_000):
            held[key] = forged
            with pytest.raises(PromotionError, match="PRM-056"):
                material.read(described, SETTINGS, staging.world)
        held[key] = before
    assert len(material.read(described, SETTINGS, staging.world).golden) == 9


@pytest.mark.parametrize(
    "url", ["s3://another/models/late-arrival/model.tar.gz", f"s3://{ARTIFACTS}/models/other/model.tar.gz",
            f"s3://{ARTIFACTS}/models/late-arrival/../other/model.tar.gz", ""],
)  # fmt: skip
def test_material_is_read_below_the_models_own_prefix_alone(staging: Staging, url: str) -> None:
    described = staging.version.described()
    described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] = url
    with pytest.raises(PromotionError, match="PRM-056"):
        material.read(described, SETTINGS, staging.world)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [{"name": "x", "type": "text", "seen": [1]}],
        [{"name": 1, "type": "number", "seen": [1]}],
        [{"name": "x", "type": "number", "seen": []}],
    ],
)
def test_a_schema_that_is_none_is_told(fields: list[Json]) -> None:
    with pytest.raises(PromotionError, match="PRM-056"):
        _ = Staging(fields=fields).material


def test_a_version_that_takes_other_inputs_than_declared_is_told_with_those_that_it_takes(staging: Staging) -> None:
    described, taken = staging.version.described(), [(each["name"], each["type"]) for each in FIELDS]

    def declaring(inputs: list[tuple[str, str]]) -> Settings:
        return replace(SETTINGS, inputs_sha256=inputs_sha256(inputs))

    assert material.read(described, declaring(taken), staging.world).fields
    first = f"{taken[0][0]} ({taken[0][1]}), {taken[1][0]} ("
    for other in (taken[:-1], taken[::-1], [*taken, ("more", "number")], [(name, "category") for name, _ in taken]):
        with pytest.raises(PromotionError, match="PRM-058") as refused:
            material.read(described, declaring(other), staging.world)
        assert first in refused.value.message


def test_an_evaluation_without_golden_records_is_told() -> None:
    with pytest.raises(PromotionError, match="PRM-056"):
        _ = Staging(golden=[]).material


# Champion and challenger


def line(data: str = "7,1.5,UA,JFK\n", answer: str = "1,0.25,arn\n", kind: str = "CSV", **more: Any) -> bytes:  # noqa: ANN401
    made = {"observedContentType": "text/csv; charset=utf-8", "mode": "OUTPUT", "data": answer, "encoding": "CSV"}
    given = {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": kind}
    return json.dumps({"captureData": {"endpointInput": given, "endpointOutput": {**made, **more}}}).encode()


def recent(staging: Staging, **files: bytes) -> captured.Recent:
    held = staging.world.buckets["acme-capture"]
    held.update({f"capture/{GROUP}-production/champion/{key}": content for key, content in files.items()})
    place = captured.Destination("acme-capture", "capture")
    return captured.recent(staging.world.client("s3"), place, f"{GROUP}-production", BEGAN)


def test_the_challenger_is_asked_what_the_champion_was(staging: Staging) -> None:
    encoded = base64.b64encode(b"8,0,UA,EWR\n").decode()
    content = b"\n".join([line(), line(encoded, kind="BASE64"), line("9,,B6,JFK\n" * 2, "1,0.1,a\n2,0.2,a\n")])
    found, told = comparison.compare(staging.ask, recent(staging, **{"2026/11/27/08/1.jsonl": content}))
    assert (found.asked, found.count, told["rows"], told["passed_over"]) == (3, 0, 4, 0)
    assert (told["mean_difference"], told["largest_difference"]) == ("0.092125", "0.138500")


def test_what_the_champion_answered_and_the_challenger_refuses_is_found(staging: Staging) -> None:
    content = line("99,1.5,UA,JFK\n")
    found, _ = comparison.compare(staging.ask, recent(staging, **{"2026/11/27/08/1.jsonl": content}))
    assert says(found) == "PRM-055 captured request 1: the answer is 400; the champion's was 200"


def test_only_the_last_day_counts_the_latest_first_and_no_more_than_needed(staging: Staging) -> None:
    old = (BEGAN - timedelta(hours=26)).strftime("%Y/%m/%d/%H")
    files = {f"{old}/1.jsonl": line("1,1,UA,JFK\n"), "2026/11/27/08/1.jsonl": b"\n".join([line("2,1,UA,JFK\n")] * 60),
             "2026/11/27/09/1.jsonl": b"\n".join([line("3,1,UA,JFK\n")] * 60)}  # fmt: skip
    found = recent(staging, **files)
    assert len(found.requests) == captured.MOST_REQUESTS
    assert [found.requests[n].body[:1] for n in (0, 59, 60, 99)] == [b"3", b"3", b"2", b"2"]


@pytest.mark.parametrize(
    "hostile",
    [b"", b"{", b"null", b"[" * 100_000, line(answer="no"), line(answer="1,nan,a"),
     line(observedContentType="text/html"),
     line("%%%", kind="BASE64"), b'{"captureData": {"endpointInput": 7, "endpointOutput": 8}}', b"x" * 2_000_000],
    ids=range(10),
)  # fmt: skip
def test_a_captured_line_that_is_none_is_passed_over(hostile: bytes) -> None:
    assert captured.read(hostile) is None
