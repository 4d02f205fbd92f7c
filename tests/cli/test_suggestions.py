"""What is suggested once a model waits for approval: who may, and who is refused."""

from mlops_stages.cli.suggestions import suggestions
from mlops_stages.local.client.model_runs import ModelRun, Registered
from mlops_stages.platform import load
from tests.conftest import ROOT

ARN = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/3"


def run(approval: str) -> ModelRun:
    package = Registered(
        arn=ARN,
        version=3,
        approval=approval,
        commit="abc",
        manifest="s3://data/manifest.json",
        manifest_sha256="0" * 64,
        evaluation="s3://artifacts/evaluation.json",
        quality="auc 0.7",
        metrics={"auc": 0.7},
    )
    return ModelRun(team="arrivals", model="late-arrival", package=package, trained=True, seconds=1.0)


def test_a_lead_approves_and_a_data_scientist_is_refused() -> None:
    found = suggestions(load(ROOT / "platform.yaml"), (), [run("PendingManualApproval")])
    refused, approved = (item for item in found if ARN in item.command)
    assert refused.why == "be refused: approve version 3 of late-arrival as kim-tran, data scientist of arrivals"
    assert "--duty train arrivals/kim-tran --" in refused.command
    assert approved.why == "approve version 3 of late-arrival as flora-king, lead data scientist of arrivals"
    assert "--duty approve arrivals/flora-king --" in approved.command


def test_a_lead_of_several_models_is_told_to_name_the_one() -> None:
    acme = load(ROOT / "platform.yaml")
    arrivals = acme.team("arrivals")
    second = arrivals.models[0].model_copy(update={"name": "crew-demand", "owner": "zoe.martin@acme.example"})
    team = arrivals.model_copy(update={"models": (*arrivals.models, second)})
    acme = acme.model_copy(update={"teams": tuple(team if each.name == team.name else each for each in acme.teams)})
    _, approved = (item for item in suggestions(acme, (), [run("PendingManualApproval")]) if ARN in item.command)
    assert "act-as --duty approve --model late-arrival arrivals/flora-king --" in approved.command


def test_what_is_decided_is_not_suggested_again() -> None:
    assert not [
        item for item in suggestions(load(ROOT / "platform.yaml"), (), [run("Approved")]) if ARN in item.command
    ]
