"""What is suggested once a model waits for approval: who may, and who is refused."""

from mlops_stages.cli.suggestions import Suggestion, suggestions
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


def approving(approval: str) -> list[Suggestion]:
    found = suggestions(load(ROOT / "platform.yaml"), (), [run(approval)])
    return [each for each in found if "approve version" in each.why]


def test_a_lead_approves_and_a_data_scientist_is_refused() -> None:
    refused, approved = approving("PendingManualApproval")
    assert refused.why == "be refused: approve version 3 of late-arrival as kim-tran, data scientist of arrivals"
    assert "--duty train arrivals/kim-tran --" in refused.command
    assert ARN in refused.command
    assert approved.why == "approve version 3 of late-arrival as flora-king, lead data scientist of arrivals"
    assert approved.command == "mlops-stages approve arrivals/late-arrival --version 3 --as flora-king"


def test_what_is_decided_is_not_suggested_again() -> None:
    assert approving("Approved") == []
