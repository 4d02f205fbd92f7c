"""When a candidate is trained, on what, and what becomes of it; the owner is told of what needs them, once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from mlops_stages.runtime.findings import Asked
from mlops_stages.runtime.retraining.codes import RetrainingError
from mlops_stages.runtime.retraining.overview import overview, sentences
from tests.runtime.promotion.given import ANN, COMMIT, IMAGE, ONE_APPROVAL_SETTINGS, AwsError
from tests.runtime.retraining.given import (
    AT,
    BUCKET,
    ENDPOINT,
    FUNCTION,
    NEW,
    PIPELINE,
    WRONG,
    World,
    candidate,
    found,
    package,
)

DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A version serves, and there is newer data."""
    made = World()
    made.curate()
    return made


def trained(world: World, *, status: str = "Succeeded", version: int = 2) -> None:
    """Let the run that is under way end, and register its version."""
    world.register(version, execution=world.end(status))


def test_a_model_that_is_right_is_left_alone(world: World) -> None:
    assert world.look_on(AT).run == "none is due"
    assert (world.executions, world.subjects) == ({}, [])


def test_a_model_that_is_not_known_to_be_right_is_left_alone(world: World) -> None:
    assert world.look_on(AT, is_right=None).run == "none is due"


def test_a_wrong_model_is_trained_again_on_newer_data_before_the_window(world: World) -> None:
    manifest = world.curate()
    assert world.look_on(AT, wrong=(WRONG,)).run.startswith("started arn:aws:sagemaker:")
    (asked,) = world.asked
    assert asked["TrainBefore"] == "2026-10-28"
    assert (asked["Commit"], asked["ImageDigest"], asked["Author"], asked["StartedBy"]) == (
        COMMIT,
        IMAGE,
        ANN,
        FUNCTION,
    )
    assert asked["RequestsUri"] == f"s3://{BUCKET}/challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/requests.csv.gz"
    assert asked["DatasetManifestUri"] == manifest
    assert asked["DatasetUri"] == manifest.replace("/manifests/", "/curated/").replace(".json", "/")


def test_the_owner_is_told_of_the_run_and_why_once(world: World) -> None:
    world.look_on(AT, wrong=(WRONG,))
    world.look_on(AT, wrong=(WRONG,))
    assert world.subjects == ["it is trained again"]
    (mail,) = world.topic.mails
    assert "it expects 1.44 times what happens (95 %: 1.16 to 1.90" in mail["Message"]
    assert len(world.executions) == 1


def test_the_run_says_what_has_asked_for_it(world: World) -> None:
    world.look_on(AT, wrong=(WRONG,))
    (run,) = world.executions.values()
    assert run["given"]["PipelineExecutionDisplayName"] == "retraining-2026-11-27"
    assert run["given"]["PipelineExecutionDescription"] == WRONG


def test_after_the_declared_time_one_is_trained_and_nobody_is_told(world: World) -> None:
    assert world.look_on(AT + 9 * DAY).run == "none is due"
    assert world.look_on(AT + 10 * DAY).run.startswith("started")
    assert world.runs[0].why == "every 30 days; there was none yet"
    assert world.subjects == []


def test_the_declared_time_begins_again_with_each_run(world: World) -> None:
    world.look_on(AT, wrong=(WRONG,))
    trained(world)
    assert world.look_on(AT + 29 * DAY).run == "none is due"
    assert world.look_on(AT + 30 * DAY).run.startswith("started")
    assert world.runs[1].why == "every 30 days; the last run was on 2026-11-27"


def test_without_a_declared_time_only_a_wrong_model_is_trained_again(world: World) -> None:
    world.settings = replace(world.settings, every_days=None)
    assert world.look_on(AT + 300 * DAY).run == "none is due"


class TestGuards:
    def test_none_starts_before_the_cool_down_is_over(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        trained(world)
        assert world.look_on(AT + 13 * DAY, wrong=(WRONG,)).run == "none until 14 days after the last, of 2026-11-27"
        assert world.look_on(AT + 14 * DAY, wrong=(WRONG,)).run.startswith("started")

    def test_one_is_under_way_at_a_time_whoever_has_started_it(self, world: World) -> None:
        world.executions["by-ci"] = {"PipelineExecutionStatus": "Executing"}
        assert world.look_on(AT, wrong=(WRONG,)).run == "one is under way"
        world.executions["by-ci"] = {"PipelineExecutionStatus": "Succeeded"}
        assert world.look_on(AT + DAY, wrong=(WRONG,)).run.startswith("started")

    def test_no_more_than_declared_are_started_within_a_year(self, world: World) -> None:
        for number in range(3):
            assert world.look_on(AT + number * 14 * DAY, wrong=(WRONG,)).run.startswith("started")
            world.end("Succeeded")
        assert world.look_on(AT + 42 * DAY, wrong=(WRONG,)).run == "none: RTR-012"
        assert world.subjects[-1] == "it is wrong, and not trained again"
        assert world.look_on(AT + 365 * DAY, wrong=(WRONG,)).run.startswith("started")

    def test_none_is_started_while_a_better_one_waits_for_approval(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        trained(world)
        world.look_on(AT + DAY, wrong=(WRONG,), candidates=(candidate(is_better=True),))
        assert world.look_on(AT + 14 * DAY, wrong=(WRONG,)).run == "none: RTR-013"
        world.registry.versions[2]["ModelApprovalStatus"] = "Approved"
        assert world.look_on(AT + 15 * DAY, wrong=(WRONG,)).run.startswith("started")

    def test_none_is_started_on_labels_that_cannot_be_trusted(self, world: World) -> None:
        assert world.look_on(AT, wrong=(WRONG,), labels=("labels of 2 decisions contradict each other",)).run == (
            "none: RTR-011"
        )
        assert "labels of 2 decisions contradict" in world.topic.mails[0]["Message"]

    def test_none_is_started_where_there_is_nothing_new_to_learn(self) -> None:
        world = World()
        assert world.look_on(AT, wrong=(WRONG,)).run == "none: RTR-010"
        assert world.look_on(AT + DAY, wrong=(WRONG,)).run == "none: RTR-010"
        assert world.subjects == ["it is wrong, and not trained again"]
        assert world.look_on(AT + 10 * DAY).run == "none: RTR-010"
        world.curate()
        assert world.look_on(AT + 11 * DAY, wrong=(WRONG,)).run.startswith("started")

    def test_the_same_dataset_has_news_for_a_version_that_learned_from_less_of_it(self) -> None:
        world = World()
        made = world.registry.versions[1]["CustomerMetadataProperties"]
        made["train-before"] = "2026-10-28"
        assert world.look_on(AT, wrong=(WRONG,)).run == "none: RTR-010"
        made["train-before"] = "2026-10-27"
        assert world.look_on(AT, wrong=(WRONG,)).run.startswith("started")

    @pytest.mark.parametrize("asked", [None, Asked(bucket=BUCKET, key="k", sha256="c" * 64, rows=0)])
    def test_none_is_started_without_requests_to_judge_it_on(self, world: World, asked: Asked | None) -> None:
        assert world.look_on(AT, wrong=(WRONG,), asked=asked).run == "none: RTR-014"

    @pytest.mark.parametrize(
        ("bucket", "key"),
        [
            ("elsewhere", f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/requests.csv.gz"),
            (BUCKET, "challenges/endpoint=another/utc_day=2026-11-27/requests.csv.gz"),
        ],
    )
    def test_requests_of_another_model_are_asked_of_nobody(self, world: World, bucket: str, key: str) -> None:
        asked = Asked(bucket=bucket, key=key, sha256="c" * 64, rows=9)
        assert world.look_on(AT, wrong=(WRONG,), asked=asked).run == "none: RTR-002"
        assert world.executions == {}


class TestCandidates:
    @pytest.fixture
    def world(self, world: World) -> World:
        """A candidate is registered."""
        world.look_on(AT, wrong=(WRONG,))
        trained(world)
        return world

    def test_one_that_is_better_is_told_to_the_owner_once_with_the_figure(self, world: World) -> None:
        for day in (1, 2):
            world.look_on(AT + day * DAY, wrong=(WRONG,), candidates=(candidate(is_better=True),))
        assert world.subjects == ["it is trained again", "v2 is better, and waits for your approval"]
        said = world.topic.mails[-1]["Message"]
        assert "the log loss of version 2 is 0.004 lower" in said
        assert "mlops-stages approve arrivals/late-arrival --version 2" in said
        assert world.registry.rejected == []
        assert world.runs[0].outcome == "better"

    def test_one_that_is_not_is_rejected_with_the_reason(self, world: World) -> None:
        world.look_on(AT + DAY, wrong=(WRONG,), candidates=(candidate(is_better=False),))
        (rejected,) = world.registry.rejected
        assert rejected["ModelPackageArn"] == package(2)
        assert rejected["ModelApprovalStatus"] == "Rejected"
        assert rejected["ApprovalDescription"] == "not better: the log loss of version 2 is 0.004 lower"
        assert world.subjects[-1] == "v2 does not help: not better"

    def test_its_rejection_is_in_the_ledger_by_the_name_that_cloudtrail_has(self, world: World) -> None:
        world.look_on(AT + DAY, candidates=(candidate(is_better=False),))
        assert world.ledger.kinds() == ["rejected"]
        body = world.ledger.body("rejected")
        assert body["who"]["source_identity"] == FUNCTION
        assert body["who"]["principal"].endswith(f":assumed-role/acme-late-arrival.retrain/{FUNCTION}")
        assert body["reason"].startswith("not better: ")

    def test_one_that_is_not_judged_for_a_week_is_rejected(self, world: World) -> None:
        for day in (1, 6):
            done = world.look_on(AT + day * DAY, candidates=(candidate(is_better=None),))
            assert done.candidates == {2: "not judged yet"}
        world.look_on(AT + 7 * DAY, candidates=(candidate(is_better=None),))
        assert world.registry.rejected[0]["ApprovalDescription"].startswith("not judged: ")

    def test_of_one_that_is_better_it_is_known_what_it_was_compared_with_and_which_run_has_registered_it(
        self, world: World
    ) -> None:
        registered(world, 2)
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        (run,) = world.runs
        assert (run.version, run.outcome, run.champion, run.has_registered) == (2, "better", 1, True)

    @pytest.mark.parametrize("number", [None, 1, 3])
    def test_a_version_that_only_says_it_is_of_the_run_is_known_as_such(self, world: World, number: int | None) -> None:
        if number is not None:
            registered(world, number)
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        assert [(run.version, run.has_registered) for run in world.runs] == [(2, False)]

    def test_of_one_that_is_not_better_sagemaker_is_not_asked(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(world.pipelines, "list_pipeline_execution_steps", _die)
        world.look_on(AT + DAY, candidates=(candidate(is_better=False),))
        assert [(run.champion, run.has_registered) for run in world.runs] == [(None, False)]

    @pytest.mark.parametrize("is_registered", [True, False])
    def test_the_owner_hears_before_the_approval_that_it_is_the_only_one(
        self, world: World, *, is_registered: bool
    ) -> None:
        world.told = ONE_APPROVAL_SETTINGS
        if is_registered:
            registered(world, 2)
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        said = world.topic.mails[-1]["Message"]
        assert ("of low risk: your approval alone brings the version to production" in said) is is_registered

    def test_the_owner_hears_nothing_of_that_where_two_approvals_are_asked_for(self, world: World) -> None:
        registered(world, 2)
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        assert "alone" not in world.topic.mails[-1]["Message"]

    def test_a_first_judgement_stays(self, world: World) -> None:
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        assert world.look_on(AT + 2 * DAY, candidates=(candidate(is_better=False),)).candidates == {}
        assert world.registry.rejected == []

    def test_what_people_have_decided_stays(self, world: World) -> None:
        world.registry.versions[2]["ModelApprovalStatus"] = "Approved"
        done = world.look_on(AT + DAY, candidates=(candidate(is_better=False),))
        assert done.candidates == {2: "decided by people"}
        assert world.registry.rejected == []

    @pytest.mark.parametrize("more", [{"starter": ANN}, {"execution": "arn:of-another-run"}])
    def test_versions_that_people_have_trained_are_theirs(self, world: World, more: dict[str, str]) -> None:
        (execution,) = world.executions
        world.register(3, **{"execution": execution, **more})
        done = world.look_on(AT + DAY, candidates=(candidate(3, is_better=False),))
        assert done.candidates == {}
        assert world.registry.rejected == []

    def test_of_a_run_that_was_only_due_the_owner_hears_what_needs_them(self) -> None:
        world = World()
        world.curate()
        world.look_on(AT + 10 * DAY)
        trained(world)
        world.look_on(AT + 11 * DAY, candidates=(candidate(is_better=False),))
        assert len(world.registry.rejected) == 1
        assert world.subjects == []

    @pytest.mark.parametrize("client", ["topic.publish", "registry.update_model_package", "ledger.send_message"])
    def test_whoever_dies_on_the_way_does_the_rest_the_next_time(
        self, world: World, client: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name, _, call = client.partition(".")
        with monkeypatch.context() as patched:
            patched.setattr(getattr(world, name), call, _die)
            with pytest.raises(KeyboardInterrupt):
                world.look_on(AT + DAY, candidates=(candidate(is_better=False),))
        world.look_on(AT + 2 * DAY)
        assert len(world.registry.rejected) == 1
        assert world.ledger.kinds() == ["rejected"]
        assert world.subjects == ["it is trained again", "v2 does not help: not better"]
        assert world.runs[0].is_done


def registered(world: World, number: int) -> None:
    """SageMaker says that the step of the only run has registered a version."""
    (run,) = world.executions.values()
    run["steps"] = [{"StepName": "Train"}, {"StepName": "R", "Metadata": {"RegisterModel": {"Arn": package(number)}}}]


def _die(**_given: object) -> None:
    raise KeyboardInterrupt


class TestRuns:
    @pytest.mark.parametrize(
        ("status", "subject"), [("Failed", "its training failed"), ("Stopped", "its training was stopped")]
    )
    def test_one_that_fails_is_told_once_with_what_its_steps_say(self, world: World, status: str, subject: str) -> None:
        world.look_on(AT, wrong=(WRONG,))
        world.end(status, steps=[{"StepName": "Prepare", "FailureReason": "TrainBefore, 2026-10-28, too early"}])
        assert world.look_on(AT + DAY, wrong=(WRONG,)).ended == {"2026-11-27": status}
        assert world.look_on(AT + 2 * DAY, wrong=(WRONG,)).ended == {}
        assert world.subjects == ["it is trained again", subject]
        assert "Step Prepare: TrainBefore, 2026-10-28, too early" in world.topic.mails[-1]["Message"]

    def test_one_without_a_reason_says_so(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        world.end("Failed")
        world.look_on(AT + DAY)
        assert "SageMaker gives no reason." in world.topic.mails[-1]["Message"]

    def test_whoever_dies_after_the_start_starts_no_second_one(self, world: World) -> None:
        world.pipelines.dies = True
        with pytest.raises(KeyboardInterrupt):
            world.look_on(AT, wrong=(WRONG,))
        world.look_on(AT, wrong=(WRONG,))
        assert len(world.executions) == 1
        assert [run.execution for run in world.runs] == [*world.executions]

    def test_nobody_can_start_one_before_it_by_a_token_that_they_guess(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        another = World()
        another.curate()
        another.look_on(AT, wrong=(WRONG,))
        (token,), (other,) = world.pipelines.tokens, another.pipelines.tokens
        assert 32 <= len(token) <= 128
        assert token != other
        assert token == world.runs[0].token

    def test_one_that_an_earlier_version_has_noted_is_started_by_its_token(self, world: World) -> None:
        world.pipelines.dies = True
        with pytest.raises(KeyboardInterrupt):
            world.look_on(AT, wrong=(WRONG,))
        (run,) = world.runs
        before = hashlib.sha256(f"{PIPELINE} {run.day}".encode()).hexdigest()
        world.pipelines.tokens = {before: world.pipelines.tokens.popitem()[1]}
        world.store.held[f"run#{run.day}"].content.pop("token")
        world.look_on(AT, wrong=(WRONG,))
        assert len(world.executions) == 1

    def test_what_the_pipeline_does_not_take_is_told_once_and_tried_again_each_day(self, world: World) -> None:
        world.pipelines.refusal = AwsError("ValidationException", "Unknown parameters: TrainBefore")
        for day in range(3):
            assert world.look_on(AT + day * DAY, wrong=(WRONG,)).run == "none: RTR-005"
        assert world.subjects == ["it is wrong, and not trained again"]
        assert "Unknown parameters: TrainBefore" in world.topic.mails[0]["Message"]
        world.pipelines.refusal = None
        assert world.look_on(AT + 3 * DAY, wrong=(WRONG,)).run.startswith("started")

    def test_what_may_pass_is_raised(self, world: World) -> None:
        world.pipelines.refusal = AwsError("ThrottlingException")
        with pytest.raises(AwsError):
            world.look_on(AT, wrong=(WRONG,))
        world.pipelines.refusal = None
        world.look_on(AT, wrong=(WRONG,))
        assert len(world.executions) == 1


class TestFindings:
    def test_without_any_nothing_is_done(self, world: World) -> None:
        assert world.look().run == "production has found nothing for two days"

    def test_those_of_the_day_before_start_nothing(self, world: World) -> None:
        world.find(found(AT - DAY, wrong=(WRONG,)))
        assert world.look(AT).run == "none by what was found the day before"

    def test_those_of_the_day_before_say_what_candidates_are_worth(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        trained(world)
        world.find(found(AT + DAY, candidates=(candidate(is_better=True),)))
        assert world.look(AT + 2 * DAY).candidates == {2: "better"}

    def test_without_a_version_that_answers_nothing_is_done(self, world: World) -> None:
        assert world.look_on(AT, package=None).run == "no version answers"

    @pytest.mark.parametrize("arn", [package(1).replace(PIPELINE, "another"), package(1).replace("333", "999")])
    def test_a_version_of_another_model_is_refused(self, world: World, arn: str) -> None:
        with pytest.raises(RetrainingError, match=r"RTR-002 .*another model"):
            world.look_on(AT, package=arn)

    def test_what_is_none_is_refused(self, world: World) -> None:
        world.s3.put(BUCKET, f"challenges/endpoint={ENDPOINT}/utc_day=2026-11-27/findings.json", b"{")
        with pytest.raises(RetrainingError, match="RTR-002 "):
            world.look()


def test_the_version_that_serves_must_say_what_it_was_made_of(world: World) -> None:
    del world.registry.versions[1]["CustomerMetadataProperties"]["commit"]
    assert world.look_on(AT, wrong=(WRONG,)).run == "none: RTR-003"


def test_data_is_the_newest_version_by_when_its_manifest_was_written(world: World) -> None:
    latest = world.curate(f"{NEW}er", AT + DAY)
    world.curate("older", AT - DAY)
    world.look_on(AT + 2 * DAY, wrong=(WRONG,))
    assert world.asked[0]["DatasetManifestUri"] == latest


class TestOverview:
    def test_before_any_run_nothing_is_known(self) -> None:
        told = overview(World().store, every_days=30)
        assert told == {"runs": [], "next": None}
        assert list(sentences(told)) == []

    def test_it_says_what_became_of_the_latest_and_when_the_next_is_due(self, world: World) -> None:
        world.look_on(AT, wrong=(WRONG,))
        assert next(sentences(overview(world.store, every_days=30))) == (
            f"It was trained again on 2026-11-27, under way; the reason was: {WRONG}."
        )
        trained(world)
        world.look_on(AT + DAY, candidates=(candidate(is_better=True),))
        told = overview(world.store, every_days=30)
        assert (told["runs"][0]["outcome"], told["runs"][0]["version"], told["next"]) == ("better", 2, "2026-12-27")
        assert list(sentences(told)) == [
            f"It was trained again on 2026-11-27, v2 is better; the reason was: {WRONG}.",
            "It is trained again on 2026-12-27 at the latest.",
        ]

    def test_what_sagemaker_refused_is_no_run_and_without_a_time_none_is_due(self, world: World) -> None:
        world.pipelines.refusal = AwsError("ValidationException", "Unknown parameters: TrainBefore")
        world.look_on(AT, wrong=(WRONG,))
        assert overview(world.store, every_days=30)["runs"] == []
        world.pipelines.refusal = None
        world.look_on(AT + DAY, wrong=(WRONG,))
        assert overview(world.store, every_days=None)["next"] is None
