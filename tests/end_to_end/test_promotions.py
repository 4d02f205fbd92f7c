"""Whole promotions over the accounts: who is let through, what is refused; nothing is lost, and nothing done twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from mlops_stages.local.endpoint import holder
from mlops_stages.platform import Duty, Purpose
from mlops_stages.runtime.promotion.events import told
from mlops_stages.runtime.promotion.one_approval import ASKED
from mlops_stages.runtime.promotion.store import DynamoStore
from mlops_stages.runtime.retraining.runs import Run, begin
from mlops_stages.runtime.retraining.settings import partition
from tests.callers import Caller
from tests.end_to_end.arrivals import MODEL, TEAM
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.people import as_service
from tests.end_to_end.releases import FLORA, HUGO, NAME, ZOE, Files, Inbox, Releases
from tests.local.clients import refusal

LONG_AGO = "2025-01-01"
"""A day of a run for which no other one waits."""
WHOLE = ["trained", "approved", "evaluated", "approved", "deployed"]
"""What the ledger has of a version that has come to production."""


@pytest.fixture
def releases(promotions: PlatformUp) -> Iterator[Releases]:
    """The model's releases, while nobody else promotes."""
    found = Releases(promotions)
    with found.patient():
        yield found


@pytest.fixture
def inbox(releases: Releases) -> Inbox:
    return Inbox(releases)


def row(releases: Releases) -> str:
    """A row to ask for, as JSON."""
    evaluation = str(releases.arrivals.package["evaluation"])
    golden = releases.arrivals.read(f"{evaluation.rpartition('/')[0]}/golden.jsonl").splitlines()[0]
    return json.dumps(json.loads(golden)["record"])


def answered_by(releases: Releases) -> str:
    """The version that answers production's callers."""
    runtime = releases.up.root(releases.up.platform.account(Purpose.PRODUCTION)).client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName="arrivals-late-arrival-production",
        ContentType="application/jsonlines",
        InferenceId="0190",
        Body=row(releases).encode(),
    )
    return str(answer["CustomAttributes"]).removeprefix("model-package=")


def test_two_people_bring_a_version_to_production_and_one_command_brings_the_one_before_back(
    releases: Releases, inbox: Inbox
) -> None:
    before = releases.at_rest()
    old = releases.serves()
    version, later = releases.register(), releases.register()
    told = releases.command("approve", "--version", str(version), "--as", "flora-king")
    assert (told["package"], told["by"]) == (releases.arn(version), FLORA)
    assert releases.follow().status == "waiting"
    assert releases.serves("staging")["package"] == releases.arn(version)
    assert releases.serves() == old

    # Another version has its turn when this one has had it: refused, and told.
    releases.approve(later)
    assert "PRM-030 staging: " in releases.follow().failure
    assert releases.kinds(later) == ["trained", "approved", "deployment-failed"]
    assert inbox.subjects(later) == [f"v{later} did not reach production"]

    # The same person twice: refused by the command, and by the promotion where somebody does without the command.
    refused = releases.up.run("approve", NAME, "--version", str(version), "--for", "production", "--as", "flora-king")
    assert (refused.returncode, refused.stderr.split()[0]) == (2, "CLI-047")
    releases.release(version, FLORA)
    assert inbox.subjects(version) == [f"v{version} waits to be released", f"v{version}: its release does not count"]
    assert f"PRM-011 {NAME} v{version}: " in inbox.said()
    assert releases.told()["waiting"][0]["version"] == version

    # The registry's events once more, late, and the last first.
    happened = inbox.events(version)
    inbox.deliver_again(*reversed(happened), *happened)
    assert (releases.executions(version), releases.kinds(version)) == ([f"v{version}-1"], WHOLE[:3])

    releases.command("approve", "--version", str(version), "--for", "production", "--as", "zoe-martin")
    assert releases.command("follow")["status"] == "succeeded"
    now = releases.serves()
    assert (now["package"], now["status"]) == (releases.arn(version), "InService")
    assert now["configuration"].startswith(f"arrivals-late-arrival-v{version}-")
    assert answered_by(releases) == releases.arn(version)
    records = releases.records(version)
    assert [each["kind"] for each in records] == WHOLE
    first, second = (each["body"] for each in records if each["kind"] == "approved")
    assert [(each["for"], each["who"]["source_identity"]) for each in (first, second)] == [
        ("staging", FLORA),
        ("production", ZOE),
    ]
    assert first["digests"] == second["digests"] == records[-1]["body"]["digests"]
    assert records[-1]["body"]["configuration"] == now["configuration"]
    assert inbox.subjects(version)[-1] == f"v{version} serves production"

    # All of them again, now that it is over.
    happened = inbox.events(version)
    inbox.deliver_again(*happened, *reversed(happened))
    assert (releases.executions(version), releases.kinds(version)) == ([f"v{version}-1"], WHOLE)
    assert (releases.serves(), len(inbox.subjects(version))) == (now, 3)

    back = releases.command("rollback", "--as", "zoe-martin", "--reason", "too many refusals")
    assert back["version"] == before
    assert releases.command("follow")["status"] == "succeeded"
    after = releases.serves()
    assert (after["package"], after["status"]) == (releases.arn(before), "InService")
    assert after["configuration"] not in (old["configuration"], now["configuration"])
    assert answered_by(releases) == releases.arn(before)
    last = releases.records(before)[-1]
    assert (last["kind"], last["body"]["cause"], last["body"]["from_package_arn"]) == (
        "rolled-back",
        "command",
        releases.arn(version),
    )
    assert last["body"]["who"]["source_identity"] == ZOE
    assert f"back on v{before}" in inbox.said()

    # CloudTrail tells later which calls these were, of what did not count as well.
    made = [("approved", FLORA), ("released", FLORA), ("released", ZOE)]
    releases.until(lambda: releases.calls(version) == made and ("restored", ZOE) in releases.calls(before))
    ledger = {each["number"]: each for each in releases.attributed()}
    its = [ledger[each["number"]] for each in (*(r for r in records if r["kind"] == "approved"), last)]
    assert all(each["agrees"] for each in its)
    known = releases.events_of_calls(version) | releases.events_of_calls(before)
    assert {each["cloudtrail_event"] for each in its} <= known
    assert len({each["cloudtrail_event"] for each in its}) == 3
    assert releases.is_sound()


def test_a_retrained_version_of_a_model_of_low_risk_goes_to_production_with_one_approval(
    releases: Releases, inbox: Inbox
) -> None:
    champion, names = releases.at_rest(), releases.arrivals.addresses
    said = dict(releases.arrivals.registration()["CustomerMetadataProperties"])
    retrain = as_service(releases.up, names.retrain_role(TEAM, MODEL), "lambda.amazonaws.com")

    # SageMaker says, to who starts retraining's runs, which version the step of a run has registered.
    given = retrain.client("sts").assume_role(
        RoleArn=names.start_retraining_role(TEAM, MODEL), RoleSessionName=names.retraining_name(MODEL)
    )["Credentials"]
    starter = Caller(holder(releases.endpoint.url, releases.up.platform.region, given)).client("sagemaker")
    steps = starter.list_pipeline_execution_steps(PipelineExecutionArn=said["execution"])["PipelineExecutionSteps"]
    registered = [each["Metadata"]["RegisterModel"]["Arn"] for each in steps if "RegisterModel" in each["Metadata"]]
    assert registered == [releases.arrivals.package["arn"]]

    # A version of the same code, as retraining's role remembers it: nobody else may write there, the promotion neither.
    said["started-by"] = names.retraining_name(MODEL)
    version = releases.register(CustomerMetadataProperties=said)
    run = Run(
        day=LONG_AGO,
        at=f"{LONG_AGO}T06:30:00Z",
        cause="time",
        why="every 30 days",
        parameters={parameter: said[name] for parameter, name in ASKED.items()},
        execution=said["execution"],
        ended="Succeeded",
        version=version,
        outcome="better",
        said="the log loss is 0.01 lower (95 % of the difference: -0.02 to -0.005)",
        decided=told(datetime.now(UTC)),
        is_done=True,
        champion=champion,
        has_registered=True,
        token="5" * 64,
    )
    table, key = releases.settings["table"], {"model": {"S": partition(MODEL)}, "item": {"S": f"run#{LONG_AGO}"}}
    promote = as_service(releases.up, names.promote_role(TEAM, MODEL), "lambda.amazonaws.com").client("dynamodb")
    refusal(lambda: begin(DynamoStore(promote, table, partition(MODEL)), run))
    assert begin(DynamoStore(retrain.client("dynamodb"), table, partition(MODEL)), run)
    try:
        done = releases.up.run("approve", NAME, "--version", str(version), "--as", "hugo-stein")
        assert done.returncode == 0, done.stderr
        assert "This one decision brings the version to production: the model is of low risk" in done.stderr
        assert releases.follow().status == "succeeded"
    finally:
        releases.tooling.client("dynamodb").delete_item(TableName=table, Key=key)
    assert releases.serves()["package"] == releases.arn(version)
    assert releases.kinds(version) == ["trained", "approved", "evaluated", "released-by-rule", "deployed"]
    assert inbox.subjects(version) == [
        f"v{version} goes to production without a second approval",
        f"v{version} serves production",
    ]
    shown = releases.up.run("releases", NAME).stdout
    assert "without a second approval, as the model is of low risk: the log loss is 0.01 lower" in shown
    assert releases.is_sound()


def exchange_model(releases: Releases, version: int, files: Files) -> None:
    files.exchange(files.model)
    releases.approve(version)


def exchange_image(releases: Releases, version: int, _files: Files) -> None:
    """IAM has no key for the image of a version: who approves it can name another one."""
    sagemaker = releases.arrivals.duty(Duty.APPROVE, HUGO).client("sagemaker")
    specification = sagemaker.describe_model_package(ModelPackageName=releases.arn(version))["InferenceSpecification"]
    image = str(specification["Containers"][0]["Image"])
    specification["Containers"][0]["Image"] = f"{image.rpartition('@')[0]}@sha256:{'0' * 64}"
    releases.approve(version, InferenceSpecification=specification)


@pytest.mark.parametrize(
    ("exchange", "code"), [(exchange_model, "REG-002"), (exchange_image, "REG-003")], ids=["model", "image"]
)
def test_other_bytes_than_those_registered_reach_not_even_staging(
    releases: Releases, inbox: Inbox, exchange: Callable[[Releases, int, Files], None], code: str
) -> None:
    releases.at_rest()
    old = releases.serves("staging"), releases.serves()
    version, files = releases.copied()
    exchange(releases, version, files)
    assert f"PRM-020 {releases.arn(version)}: {code}" in releases.follow().failure
    assert (releases.serves("staging"), releases.serves()) == old
    assert releases.kinds(version) == ["trained", "approved", "deployment-failed"]
    assert inbox.subjects(version) == [f"v{version} did not reach production"]


def test_a_version_that_answers_otherwise_than_registered_ends_in_staging(releases: Releases, inbox: Inbox) -> None:
    releases.at_rest()
    old = releases.serves()
    version, _files = releases.copied(shift=0.01)
    releases.approve(version)
    failure = releases.follow().failure
    assert "PRM-050 staging: " in failure
    assert "registered was" in failure
    assert releases.serves() == old
    *_, last = records = releases.records(version)
    assert [each["kind"] for each in records] == ["trained", "approved", "evaluated"]
    assert last["body"]["passed"] is False
    assert inbox.subjects(version) == [f"v{version} did not reach production"]
    assert f"mlops-stages promote {NAME} --version {version}" in inbox.said()


def test_what_lambda_throttles_and_a_function_that_dies_half_way_lose_nothing_and_do_nothing_twice(
    releases: Releases, inbox: Inbox
) -> None:
    before, old = releases.at_rest(), releases.serves()
    version, files = releases.copied()
    with releases.throttled(releases.request_function):
        releases.approve(version)
        assert releases.executions(version) == []
    with releases.dying(releases.test_function, 2):
        releases.until(lambda: deaths(releases, version) > 0)
    assert releases.follow().status == "waiting"
    assert releases.executions(version) == [f"v{version}-1"]
    assert releases.kinds(version) == WHOLE[:3]
    assert inbox.subjects(version) == [f"v{version} waits to be released"]

    # What it was approved for is not there any more when the second person approves it.
    files.exchange(files.evaluation)
    releases.release(version)
    assert "PRM-020" in releases.follow().failure
    assert (releases.serves(), releases.kinds(version)) == (old, [*WHOLE[:4], "deployment-failed"])
    assert inbox.subjects(version)[-1] == f"v{version} did not reach production"
    assert f"Production: v{before} serves" in inbox.said()
    assert releases.is_sound()


def deaths(releases: Releases, version: int) -> int:
    """How often Lambda has ended a function of a version's promotion."""
    if not releases.executions(version):
        return 0
    failed = (each.get("taskFailedEventDetails", {}) for each in releases.history(f"v{version}-1"))
    return sum(each.get("error") == "Sandbox.Timedout" for each in failed)
