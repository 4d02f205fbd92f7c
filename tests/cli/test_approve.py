"""`approve`: what is compared, shown and decided, and in whose name; against the local AWS in tests/end_to_end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli import approve, callers
from mlops_stages.cli.approve import Asked
from mlops_stages.errors import UserError
from mlops_stages.local.client.model_runs import packages
from mlops_stages.platform import Platform, RetrainedVersions, Retraining, Risk
from tests.local.client.model_runs.test_packages import COMMIT, EVALUATION, HOME, IMAGE, Accounts
from tests.platform.test_served_models import served

MODEL = "arrivals/late-arrival"
OWNER, LEAD, APPROVER = "own@tiny.example", "lea@tiny.example", "bo@tiny.example"


class Registry(Accounts):
    """A registry with the versions 1 to 3, and what was asked of it."""

    def __init__(self, **states: dict[str, Any]) -> None:
        super().__init__(EVALUATION)
        self.states = {int(name[1:]): state for name, state in states.items()}
        self.updates: list[dict[str, Any]] = []
        self.starter = "bea@tiny.example"
        self.warned = ""
        """What was said beside the answer."""
        waiting = {name: "waiting" for name, state in states.items() if state is BY_LEAD}
        self.releases = Releases(**waiting)

    def list_model_packages(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        del asked
        return {"ModelPackageSummaryList": [{"ModelPackageArn": arn(number)} for number in sorted(self.states)[::-1]]}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 - AWS's
        number = int(ModelPackageName.rpartition("/")[2])
        asked = {"ModelPackageName": "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/2"}
        said = {**self.origin, "author": "ann@tiny.example", "started-by": self.starter}
        return {
            **super().describe_model_package(**asked),
            "ModelPackageArn": ModelPackageName,
            "ModelPackageVersion": number,
            "CustomerMetadataProperties": said,
            **self.states[number],
        }

    def update_model_package(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        self.updates.append(asked)
        return {}

    def get_item(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as AWS's
        del asked
        return {}

    def get_paginator(self, operation: str) -> Any:  # noqa: ANN401 - as AWS's
        return self.releases if operation == "query" else super().get_paginator(operation)


class Releases:
    """The table of the model's promotions: an attempt for each version, waiting or in another state."""

    def __init__(self, **attempts: str) -> None:
        self.attempts = {int(name[1:]): status for name, status in attempts.items()}
        self.error: dict[str, Any] | None = None

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as AWS's
        assert asked["TableName"] == "tiny-late-arrival-releases"
        if self.error is not None:
            raise approve.refusals.ClientError(self.error, "Query")
        kind = asked["ExpressionAttributeValues"][":prefix"]["S"]
        made = [self.item(kind, number, status) for number, status in self.attempts.items()]
        return [{"Items": made}]

    @staticmethod
    def item(kind: str, number: int, status: str) -> dict[str, Any]:
        when = "2026-11-27T09:01:00Z"
        content: dict[str, Any] = {
            "version": number,
            "attempt": 1,
            "action": "promote",
            "status": status,
            "began": when,
            "since": when,
            "result": {"passed": True},
            "result_sha256": "5" * 64,
        }
        if kind.startswith("approval"):
            who = {"principal": "arn", "source_identity": LEAD}
            content = {"version": number, "author": "ann@tiny.example", "starter": "bea@tiny.example", "who": who}
        return {
            "item": {"S": f"{kind}{number}"},
            "revision": {"N": "1"},
            "content": {"S": json.dumps(content)},
        }


def arn(number: int) -> str:
    return f"arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/{number}"


PENDING: dict[str, Any] = {"ModelApprovalStatus": "PendingManualApproval"}
BY_LEAD: dict[str, Any] = {
    "ModelApprovalStatus": "Approved",
    "LastModifiedBy": {
        "IamIdentity": {"Arn": f"arn:aws:sts::333333333333:assumed-role/acme-late-arrival.approve/{LEAD}"}
    },
}
RELEASED: dict[str, Any] = {**BY_LEAD, "ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}}


def platform(**more: Any) -> Platform:  # noqa: ANN401 - of a model
    """A reliable platform whose model has the name that the registry knows."""
    made = served(endpoint={"instance_type": "ml.m5.large"}, pipeline="pipelines/late-arrival.json")
    team = made.teams[0]
    named = {"name": "late-arrival", "approvers": (APPROVER, "zoe@tiny.example")}
    model = team.models[0].model_copy(update={**named, **more})
    return made.model_copy(update={"teams": (team.model_copy(update={"name": "arrivals", "models": (model,)}),)})


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - a function
    def run(
        registry: Registry,
        *,
        email: str = OWNER,
        as_json: bool = True,
        one_approval: tuple[Risk, ...] = (),
        **asked: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        held = platform(risk=Risk.LOW, retraining=Retraining())
        held = held.model_copy(update={"retraining": RetrainedVersions(one_approval=one_approval)})
        monkeypatch.setattr(approve, "read", lambda _: held)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        monkeypatch.setattr(
            approve,
            "decider",
            lambda *_, **__: callers.Caller(email=email, account="333333333333", clients=lambda _: registry),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        )
        through = approve.registry_through

        def placed(*given: Any) -> packages.Registry:  # noqa: ANN401 - as the wrapped one
            return replace(
                through(*given),
                home=HOME,
                image_repository="acme/arrivals/late-arrival",
                tooling="333333333333",
            )

        monkeypatch.setattr(approve, "registry_through", placed)
        approve.approve(Path(), Asked(name=MODEL, **asked), on_aws=False, as_json=as_json)
        out, registry.warned = capsys.readouterr()
        return json.loads(out) if as_json else out

    return run


def refused(decide: Any, registry: Registry, **asked: Any) -> UserError:  # noqa: ANN401 - a function
    with pytest.raises(UserError) as error:
        decide(registry, **asked)
    assert registry.updates == []
    return error.value


def test_the_newest_version_that_waits_is_approved_for_staging(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=PENDING, v2=PENDING, v3=BY_LEAD)
    told = decide(registry, reason=" above our 0.66 ")
    assert registry.updates == [
        {"ModelPackageArn": arn(2), "ModelApprovalStatus": "Approved", "ApprovalDescription": "above our 0.66"}
    ]
    assert (told["version"], told["decision"], told["for"], told["by"]) == (2, "Approved", "staging", OWNER)
    assert told["compared"] == "as registered"
    assert told["digests"]["image-digest"] == IMAGE
    assert set(told["digests"]) >= {"model-sha256", "evaluation-sha256", "code-sha256"}


def test_the_newest_that_was_approved_is_released_to_production_with_who_and_when(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=BY_LEAD, v2=RELEASED, v3=PENDING)
    told = decide(registry, email=APPROVER, target="production", reason="staging is fine")
    (update,) = registry.updates
    assert update["ModelPackageArn"] == arn(1)
    assert set(update) == {"ModelPackageArn", "ModelLifeCycle"}
    assert told["staging"] == {
        "passed": True,
        "result_sha256": "5" * 64,
        "configuration": None,
        "since": "2026-11-27T09:01:00Z",
    }
    cycle = update["ModelLifeCycle"]
    assert (cycle["Stage"], cycle["StageStatus"]) == ("Production", "Approved")
    assert cycle["StageDescription"].startswith(f"staging is fine ({APPROVER}, 20")


def test_a_version_is_rejected_by_its_number(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=PENDING, v2=PENDING)
    decide(registry, version=1, reject=True)
    assert registry.updates == [{"ModelPackageArn": arn(1), "ModelApprovalStatus": "Rejected"}]


def test_a_version_that_was_changed_is_not_approved_and_can_be_rejected(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=PENDING)
    registry.held = {**registry.held, "code/other": b""}
    registry.origin = {**registry.origin, "model-sha256": "0" * 64}
    error = refused(decide, registry)
    assert error.code == "LOC-099"
    assert "REG-002" in error.message
    told = decide(registry, reject=True)
    assert "REG-002" in told["compared"]
    assert [each["ModelApprovalStatus"] for each in registry.updates] == ["Rejected"]


@pytest.mark.parametrize(("email", "part"), [("ann@tiny.example", "wrote its commit"), ("BEA@tiny.example", "started")])
def test_who_made_a_version_approves_it_nowhere(decide: Any, email: str, part: str) -> None:  # noqa: ANN401
    for target, state in (("staging", PENDING), ("production", BY_LEAD)):
        error = refused(decide, Registry(v1=state), email=email, target=target)
        assert (error.code, error.exit_code) == ("CLI-047", 2)
        assert part in error.message


def test_who_approved_a_version_for_staging_does_not_release_it(decide: Any) -> None:  # noqa: ANN401
    error = refused(decide, Registry(v1=BY_LEAD), email=LEAD, target="production")
    assert error.code == "CLI-047"
    assert "approved it for staging" in error.message


def test_a_version_is_not_released_before_its_promotion_waits(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=BY_LEAD)
    registry.releases = Releases(v1="running")
    assert refused(decide, registry, email=APPROVER, target="production").code == "CLI-045"
    error = refused(decide, registry, email=APPROVER, target="production", version=1)
    assert error.code == "CLI-046"
    assert "its last one is running" in error.message


def test_a_version_whose_early_release_did_not_count_is_released_again(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=RELEASED)
    registry.releases = Releases(v1="waiting")
    decide(registry, email=APPROVER, target="production")
    assert len(registry.updates) == 1


def test_a_model_that_nothing_promotes_is_told(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=BY_LEAD)
    registry.releases.error = {"Error": {"Code": "ResourceNotFoundException"}}
    error = refused(decide, registry, email=APPROVER, target="production")
    assert (error.code, error.exit_code) == ("CLI-058", 1)


def test_who_asked_for_a_version_in_staging_again_may_release_it(decide: Any) -> None:  # noqa: ANN401
    identity = {"Arn": f"arn:aws:sts::333333333333:assumed-role/acme-late-arrival.release/{APPROVER}"}
    asked = {"Stage": "Staging", "StageStatus": "Requested"}
    again = {**BY_LEAD, "LastModifiedBy": {"IamIdentity": identity}, "ModelLifeCycle": asked}
    registry = Registry(v1=again)
    registry.releases = Releases(v1="waiting")
    decide(registry, email=APPROVER, target="production")
    assert len(registry.updates) == 1


def test_they_may_reject_what_they_made(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=PENDING)
    decide(registry, email="ann@tiny.example", reject=True)
    assert len(registry.updates) == 1


def test_who_has_nothing_to_decide_is_told_of_the_second_approval(decide: Any) -> None:  # noqa: ANN401
    error = refused(decide, Registry(v1=BY_LEAD))
    assert "1 (Approved)" in error.fix
    assert "--for production" in error.fix
    error = refused(decide, Registry(v1=PENDING), target="production")
    assert "mlops-stages releases arrivals/late-arrival" in error.fix


def test_a_blank_reason_has_no_characters(decide: Any) -> None:  # noqa: ANN401
    assert "0 characters" in refused(decide, Registry(v1=PENDING), reason="   ").message


@pytest.mark.parametrize(
    ("states", "asked", "code"),
    [
        ({}, {}, "CLI-045"),
        ({"v1": BY_LEAD}, {}, "CLI-045"),
        ({"v1": PENDING}, {"version": 2}, "CLI-045"),
        ({"v1": PENDING}, {"target": "production"}, "CLI-045"),
        ({"v1": BY_LEAD}, {"version": 1}, "CLI-046"),
        ({"v1": PENDING}, {"version": 1, "target": "production"}, "CLI-046"),
        ({"v1": RELEASED}, {"version": 1, "target": "production"}, "CLI-046"),
        ({"v1": BY_LEAD}, {"target": "production", "email": "kim@tiny.example"}, "CLI-047"),
        ({"v1": PENDING}, {"reason": " "}, "CLI-066"),
        ({"v1": PENDING}, {"reason": "r" * 901}, "CLI-066"),
    ],
)
def test_what_is_not_to_be_decided_is_refused(
    decide: Any,  # noqa: ANN401
    states: dict[str, Any],
    asked: dict[str, Any],
    code: str,
) -> None:
    assert refused(decide, Registry(**states), **asked).code == code


def test_people_read_what_was_compared_and_who_is_next(decide: Any) -> None:  # noqa: ANN401
    out = decide(Registry(v1=PENDING), as_json=False)
    assert f"arrivals/late-arrival version 1: Approved for staging by {OWNER}" in out
    assert "auc 0.7034" in out
    assert f"  package     {arn(1)}" in out
    assert "compared with what its pipeline registered" in out
    assert "bo@tiny.example, zoe@tiny.example" in out
    assert "mlops-stages approve arrivals/late-arrival --for production" in out


RETRAINING = "tiny-late-arrival-retraining"


def retrained(**states: dict[str, Any]) -> Registry:
    """A registry whose versions retraining has had made."""
    registry = Registry(**states)
    registry.starter = RETRAINING
    return registry


def test_whoever_brings_a_version_to_production_by_this_one_decision_is_told_so(decide: Any) -> None:  # noqa: ANN401
    registry = retrained(v1=PENDING)
    told = decide(registry, one_approval=(Risk.LOW,))
    assert registry.warned.startswith("This one decision brings the version to production: the model is of low risk")
    assert told["one_approval"] == "low"
    out = decide(retrained(v1=PENDING), one_approval=(Risk.LOW,), as_json=False)
    assert "then production, in steps, without a second approval" in out
    assert "one of bo@tiny.example, zoe@tiny.example approves it" in out


def test_it_is_told_before_the_decision_is_made(decide: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401
    registry = retrained(v1=PENDING)
    said: list[str] = []

    def update(**_asked: object) -> dict[str, Any]:
        said.append(capsys.readouterr().err)
        return {}

    registry.update_model_package = update  # type: ignore[method-assign]
    decide(registry, one_approval=(Risk.LOW,))
    assert said[0].startswith("This one decision brings the version to production")


@pytest.mark.parametrize(
    ("starter", "one_approval", "asked"),
    [
        pytest.param("bea@tiny.example", (Risk.LOW,), {}, id="a version that a person has had made"),
        pytest.param("tiny-other-retraining", (Risk.LOW,), {}, id="a version of another model's retraining"),
        pytest.param(RETRAINING, (), {}, id="a platform that asks for two approvals"),
        pytest.param(RETRAINING, (Risk.MEDIUM,), {}, id="a model of another class"),
        pytest.param(RETRAINING, (Risk.LOW,), {"reject": True, "version": 1}, id="a rejection"),
    ],
)
def test_where_two_approvals_are_needed_nothing_is_said_of_one(
    decide: Any,  # noqa: ANN401
    starter: str,
    one_approval: tuple[Risk, ...],
    asked: dict[str, Any],
) -> None:
    registry = Registry(v1=PENDING)
    registry.starter = starter
    told = decide(registry, one_approval=one_approval, **asked)
    assert (registry.warned, "one_approval" in told) == ("", False)


def test_what_waits_for_a_second_approval_although_its_class_needs_one_is_released_as_ever(decide: Any) -> None:  # noqa: ANN401
    registry = retrained(v1=BY_LEAD)
    told = decide(registry, one_approval=(Risk.LOW,), target="production", email=APPROVER)
    assert (told["for"], told["decision"], registry.warned) == ("production", "Approved", "")


def test_what_aws_refuses_is_told_and_nothing_was_decided(decide: Any) -> None:  # noqa: ANN401
    registry = Registry(v1=PENDING)

    def deny(**asked: Any) -> None:  # noqa: ANN401 - as AWS's
        del asked
        said = {"Error": {"Code": "AccessDeniedException", "Message": "explicit deny"}}
        raise approve.refusals.ClientError(said, "UpdateModelPackage")

    registry.update_model_package = deny  # pyright: ignore[reportAttributeAccessIssue]
    error = refused(decide, registry)
    assert (error.code, error.exit_code) == ("CLI-059", 1)
    assert "explicit deny" in error.message


class Shell:
    """What boto3 says of the credentials of a shell."""

    def __init__(self, arn: str) -> None:
        self.arn = arn

    def client(self, service: str, region_name: str, config: object = None) -> Shell:
        assert config is None  # boto3's own, for all but what calls a function
        assert (service, region_name) in (("sts", "eu-central-1"), ("sagemaker", "eu-central-1"))
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": self.arn, "Account": "012345678901"}


def shell_as(monkeypatch: pytest.MonkeyPatch, arn: str, person: str | None = None) -> callers.Caller:
    held = platform()
    monkeypatch.setattr(callers, "shell", lambda *_: (Shell(arn), {"Arn": arn}))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    team = held.teams[0]
    duty = callers.Duty.RELEASE
    return callers.decider(Path(), held, team, team.models[0], duty, person=person, on_aws=True)


def test_on_aws_the_session_of_the_role_says_who_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    role = "arn:aws:sts::012345678901:assumed-role/tiny-late-arrival.release"
    caller = shell_as(monkeypatch, f"{role}/{APPROVER}")
    assert (caller.email, caller.account) == (APPROVER, "012345678901")
    assert caller.clients("sagemaker")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::012345678901:user/bo",
        "arn:aws:sts::012345678901:assumed-role/tiny-late-arrival.approve/bo@tiny.example",
        "arn:aws:sts::111111111111:assumed-role/tiny-late-arrival.release/bo@tiny.example",
        "arn:aws:iam::012345678901:root",
    ],
)
def test_on_aws_other_credentials_are_told_which_role_to_take_on(monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    with pytest.raises(UserError) as error:
        shell_as(monkeypatch, arn)
    assert error.value.code == "CLI-043"
    assert "arn:aws:iam::012345678901:role/tiny/arrivals/tiny-late-arrival.release" in error.value.fix


def test_on_aws_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError) as error:
        shell_as(monkeypatch, "arn:aws:iam::012345678901:user/bo", person="bo")
    assert error.value.code == "CLI-044"


@pytest.mark.parametrize("person", [None, "nobody", "lea", "fraud/bo", "zed@tiny.example"])
def test_here_somebody_is_named_who_has_the_duty(person: str | None) -> None:
    held = platform()
    team = held.teams[0]
    with pytest.raises(UserError) as error:
        callers.decider(Path(), held, team, team.models[0], callers.Duty.RELEASE, person=person, on_aws=False)
    assert (error.value.code, error.value.fix) == ("CLI-042", "write --as bo or zoe@tiny.example")


def test_where_nobody_has_the_duty_the_file_is_named() -> None:
    held = platform()
    team = held.teams[0]
    nobody = team.models[0].model_copy(update={"approvers": ()})
    with pytest.raises(UserError) as error:
        callers.decider(Path(), held, team, nobody, callers.Duty.RELEASE, person="bo", on_aws=False)
    assert error.value.code == "CLI-056"


def test_on_aws_without_credentials_the_role_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: Platform) -> None:
        raise approve.refusals.BotoCoreError

    monkeypatch.setattr(callers, "shell", nobody)
    held = platform()
    team = held.teams[0]
    with pytest.raises(UserError) as error:
        callers.decider(Path(), held, team, team.models[0], callers.Duty.RELEASE, person=None, on_aws=True)
    assert (error.value.code, error.value.exit_code) == ("CLI-041", 1)
    assert "tiny-late-arrival.release" in error.value.fix


def repository(directory: Path, scripts: dict[str, bytes]) -> Path:
    """A folder as `new-model` makes it, without git: it is named by what is in it."""
    (directory / "steps").mkdir()
    for name, content in scripts.items():
        (directory / "steps" / name).write_bytes(content)
    return directory


def test_a_repository_at_another_commit_is_not_compared(decide: Any, tmp_path: Path) -> None:  # noqa: ANN401
    error = refused(decide, Registry(v1=PENDING), repository=repository(tmp_path, {"train.py": b"x"}))
    assert (error.code, error.exit_code) == ("CLI-057", 2)
    assert COMMIT in error.fix


@pytest.mark.parametrize(("content", "code"), [(b"train()", None), (b"other()", "LOC-099")])
def test_the_code_of_the_repository_is_compared_where_it_is_at_the_commit(
    decide: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes,
    code: str | None,
) -> None:
    monkeypatch.setattr(approve.ModelRepository, "commit", COMMIT)
    there = repository(tmp_path, {"train.py": content})
    registry = Registry(v1=PENDING)
    if code is None:
        assert decide(registry, repository=there)["compared"] == "as registered"
    else:
        error = refused(decide, registry, repository=there)
        assert error.code == code
        assert "REG-009" in error.message
