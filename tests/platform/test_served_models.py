"""Models that serve: what the file says of them, and what the constructs are told by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_stages import serving
from mlops_stages.platform import Platform, PlatformErrors, parse
from mlops_stages.platform.rules_of_models import CODES
from mlops_stages.serving.rollout import canary_percents, step_percents

SLA: dict[str, Any] = {"availability_percent": 99.5, "p99_latency_ms": 300}
PEOPLE = {
    "lead_data_scientists": ["lea@tiny.example"],
    "data_scientists": ["ann@tiny.example", "bea@tiny.example"],
    "business_owners": ["bo@tiny.example"],
}
KEY = "arn:aws:kms:eu-central-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
PLACES = {
    name: {which: {"bucket": f"tiny-{name}", "prefix": f"fraud/{which}", "key_arn": KEY} for which in ("given", "made")}
    for name in ("staging", "production")
}


def platform(**said: Any) -> Platform:  # noqa: ANN401 - plain data
    return parse(written(**said))


def written(*, stage: str = "reliable", people: Any = PEOPLE, **model: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
    purposes = ("experimentation", "development", "tooling", "data", "staging", "production")
    return {
        "name": "tiny",
        "region": "eu-central-1",
        "stage": stage,
        "owner": "ops@tiny.example",
        "cost_center": "1",
        "accounts": dict.fromkeys(purposes, "012345678901"),
        "people": {"platform_engineers": ["ops@tiny.example"]},
        "teams": [
            {
                "name": "fraud",
                "stage": stage,
                "cost_center": "2",
                "budget": {"monthly_usd": 5, "notify": ["lea@tiny.example"]},
                "people": people,
                "models": [
                    {
                        "name": "card-fraud",
                        "owner": "own@tiny.example",
                        "data_classification": "internal",
                        **model,
                    }
                ],
            }
        ],
    }


def served(**model: Any) -> Platform:  # noqa: ANN401 - plain data
    promised: dict[str, Any] = {"sla": SLA, "approvers": ["bo@tiny.example", "ann@tiny.example"]}
    return platform(**{**promised, **model})


def terms(**model: Any) -> serving.EndpointTerms:  # noqa: ANN401 - plain data
    found = served(**model).teams[0].models[0].endpoint_terms
    assert found is not None
    return found


def faults(**model: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - plain data
    with pytest.raises(PlatformErrors) as errors:
        served(**model)
    return [(error.code, error.path) for error in errors.value.errors]


def notes(found: Platform) -> list[tuple[str, str]]:
    return [(note.code, note.path) for note in found.notes]


def test_an_endpoint_that_names_its_instances_alone_has_two_and_a_canary_of_one() -> None:
    found = terms(endpoint={"instance_type": "ml.m5.large"})
    assert found.capacity == serving.Instances(type="ml.m5.large", minimum=2)
    assert found.rollout == serving.Rollout(canary_percent=50)
    assert found.level == serving.ServiceLevel(availability_percent=99.5, p99_latency_ms=300)
    assert (found.limits, found.challenger, found.capture_percent) == (serving.RollbackLimits(), None, 100)
    assert found.shift("Endpoint").size == 1


def test_all_that_is_said_of_an_endpoint_reaches_the_constructs() -> None:
    found = terms(
        endpoint={
            "instance_type": "ml.m5.xlarge",
            "minimum": 4,
            "maximum": 8,
            "initial": 5,
            "requests_per_minute": 600,
            "challenger": {"percent": 20, "instances": 3},
            "capture_percent": 30,
        },
        sla={**SLA, "requests_per_minute": 500, "silence_minutes": 45},
        rollout={
            "linear_step_percent": 25,
            "bake_minutes": 7,
            "final_bake_minutes": 9,
            "start_minutes": 11,
            "rollback": {
                "server_errors_percent": 1.5,
                "client_errors_percent": 2.5,
                "model_errors_percent": 3.5,
                "p99_latency_ms": 99,
                "minimum_requests": 7,
            },
        },
    )
    assert found == serving.EndpointTerms(
        capacity=serving.Instances(type="ml.m5.xlarge", minimum=4, maximum=8, initial=5, requests_per_minute=600),
        rollout=serving.Rollout(linear_step_percent=25, bake_minutes=7, final_bake_minutes=9, start_minutes=11),
        level=serving.ServiceLevel(
            availability_percent=99.5, p99_latency_ms=300, requests_per_minute=500, silence_minutes=45
        ),
        limits=serving.RollbackLimits(
            server_errors_percent=1.5,
            client_errors_percent=2.5,
            model_errors_percent=3.5,
            p99_latency_ms=99,
            minimum_requests=7,
        ),
        challenger=serving.Challenger(percent=20, instances=3),
        capture_percent=30,
    )


def test_a_serverless_endpoint_keeps_no_decisions_and_shifts_all_at_once() -> None:
    why = "A public demonstration on public data."
    found = terms(endpoint={"serverless": {"unprotected_because": why, "max_concurrency": 5}})
    assert found.capacity == serving.Serverless(unprotected_because=why, max_concurrency=5)
    assert (found.capture_percent, found.rollout.all_at_once) == (None, True)


@pytest.mark.parametrize("beside", [{"capture_percent": 100}, {"challenger": {"percent": 50}}])
def test_what_a_serverless_endpoint_does_not_have_is_refused(beside: dict[str, Any]) -> None:
    serverless = {"unprotected_because": "A public demonstration on public data."}
    assert faults(endpoint={"serverless": serverless, **beside}) == [("PLT-353", "teams[0].models[0].endpoint")]


def test_without_a_rollout_the_canary_is_the_smallest_that_the_alarms_judge() -> None:
    endpoint = {"instance_type": "ml.m5.large", "minimum": 10}
    assert terms(endpoint=endpoint).rollout.canary_percent == 10
    busy, calm = ({**SLA, "requests_per_minute": number} for number in (200, 90))
    assert terms(endpoint=endpoint, sla=busy).rollout.canary_percent == 10
    assert terms(endpoint=endpoint, sla=calm).rollout.canary_percent == 30


@given(instances=st.integers(1, 120), percent=st.integers(1, 50), is_canary=st.booleans())
def test_a_share_is_taken_if_and_only_if_the_instances_can_give_it(
    instances: int, percent: int, *, is_canary: bool
) -> None:
    key, possible = (
        ("canary_percent", canary_percents(instances))
        if is_canary
        else ("linear_step_percent", step_percents(instances))
    )
    model = {"endpoint": {"instance_type": "ml.m5.large", "minimum": instances}, "rollout": {key: percent}}
    if percent in possible:
        assert terms(**model).shift("Endpoint").kind == ("CANARY" if is_canary else "LINEAR")
    else:
        code = "PLT-353" if is_canary or percent >= 10 else "PLT-105"
        assert faults(**model) == [(code, f"teams[0].models[0].rollout.{key}")]


def test_a_refusal_says_what_the_constructs_say_and_where_it_stands() -> None:
    with pytest.raises(PlatformErrors) as errors:
        served(endpoint={"instance_type": "ml.m5.large"}, rollout={"canary_percent": 10})
    (error,) = errors.value.errors
    assert error.message == "A canary of 10 % is not a whole number of 2 instances."
    assert error.fix == "Give canary_percent 50, or keep at least 10 instances."


def test_each_refusal_that_the_fields_themselves_do_not_make_has_a_code_in_the_file() -> None:
    left_to_fields = {"REL-029", "REL-030", "REL-033", "REL-040"}
    assert set(CODES) | left_to_fields == {f"REL-{n:03}" for n in (*range(20, 32), 33, 35, 36, 39, 40)}


def test_a_batch_scores_in_each_environment_where_the_file_says() -> None:
    found = platform(
        approvers=["bo@tiny.example", "ann@tiny.example"],
        batch={"schedule": "rate(1 hour)", "instance_type": "ml.m5.large", **PLACES},
    )
    batch = found.teams[0].models[0].batch
    assert batch is not None
    assert batch.of("staging") == serving.Batch(
        given=serving.Place(bucket_name="tiny-staging", prefix="fraud/given", key_arn=KEY),
        made=serving.Place(bucket_name="tiny-staging", prefix="fraud/made", key_arn=KEY),
        schedule="rate(1 hour)",
        instance_type="ml.m5.large",
    )
    assert batch.of("production").made.uri == "s3://tiny-production/fraud/made"
    with pytest.raises(KeyError):
        batch.of("development")


@pytest.mark.parametrize(
    ("way", "name", "better"),
    [
        ("endpoint", "card-fraud-v2", "v2-card-fraud"),
        ("endpoint", "card-fraud-svc", "svc-card-fraud"),
        ("endpoint", "card-fraud-staging", "staging-card-fraud"),
        ("batch", "card-fraud-v2", "v2-card-fraud"),
        ("batch", "card-fraud-eu", None),
        ("endpoint", "card-fraud-eu", None),
        ("endpoint", "card-fraudv2", None),
        ("batch", "card-frauds", None),
    ],
)
def test_a_model_that_another_ones_release_would_reach_is_refused(way: str, name: str, better: str | None) -> None:
    batch = {"schedule": "rate(1 hour)", "instance_type": "ml.m5.large", **PLACES}
    endpoint: dict[str, Any] = {"endpoint": {"instance_type": "ml.m5.large"}, "sla": SLA}
    model: dict[str, Any] = endpoint if way == "endpoint" else {"batch": batch}
    second = {"name": name, "owner": "own@tiny.example", "data_classification": "internal"}
    described = written(approvers=["bo@tiny.example", "ann@tiny.example"], **model)
    described["teams"][0]["models"].insert(0, second)
    if better is None:
        assert parse(described)
        return
    with pytest.raises(PlatformErrors) as errors:
        parse(described)
    (error,) = errors.value.errors
    assert (error.code, error.path) == ("PLT-362", "teams[0].models[0].name")
    assert f"such as '{better}'" in error.fix
    # Where neither serves, nothing is released.
    described["teams"][0]["models"][1] = {**second, "name": "card-fraud"}
    assert parse(described)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"endpoint": {"instance_type": "ml.m5.large"}}, []),
        (
            {"endpoint": {"instance_type": "ml.m5.large"}, "drift": {"metric": "psi", "maximum": 1, "every": "1h"}},
            [("PLT-504", "teams[0].models[0].drift")],
        ),
        ({"rollout": {"canary_percent": 10}}, [("PLT-504", "teams[0].models[0]")]),
    ],
)
def test_in_a_reliable_team_what_nothing_acts_on_is_noted(
    model: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert notes(served(**model)) == expected


def test_a_trained_model_of_a_reliable_team_that_serves_nowhere_is_noted() -> None:
    assert notes(platform(pipeline="pipelines/card-fraud.json")) == [("PLT-504", "teams[0].models[0]")]
    assert notes(platform(stage="repeatable", pipeline="pipelines/card-fraud.json")) == []
    assert notes(platform()) == []


@pytest.mark.parametrize("approvers", [["ann@tiny.example"], ["lea@tiny.example"]])
def test_a_version_that_its_maker_alone_could_release_is_noted_with_the_maker(approvers: list[str]) -> None:
    found = served(endpoint={"instance_type": "ml.m5.large"}, approvers=approvers)
    assert notes(found) == [("PLT-505", "teams[0].models[0].approvers")]
    assert approvers[0] in found.notes[0].message


def test_an_owner_who_approves_needs_another_before() -> None:
    alone = {"data_scientists": ["own@tiny.example", "ann@tiny.example"]}
    approvers = {"endpoint": {"instance_type": "ml.m5.large"}, "approvers": ["own@tiny.example"]}
    assert faults(people=alone, **approvers) == [("PLT-357", "teams[0].models[0].approvers")]
    led = {**alone, "lead_data_scientists": ["lea@tiny.example"]}
    assert notes(served(people=led, **approvers)) == [("PLT-505", "teams[0].models[0].approvers")]


def test_below_stage_reliable_all_of_it_is_noted_once() -> None:
    found = served(stage="repeatable", endpoint={"instance_type": "ml.m5.large"}, runbook="https://wiki.tiny.example")
    (note,) = found.notes
    assert note.code == "PLT-503"
    assert "`approvers`, `endpoint`, `runbook`, `sla` of fraud/card-fraud" in note.message
