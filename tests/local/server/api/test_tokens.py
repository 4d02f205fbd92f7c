"""Requests made again, and records that the service itself changes."""

from __future__ import annotations

import itertools

from mlops_stages.local.server.api.records import Filter, Kind, Records, Scope
from mlops_stages.local.server.api.tokens import Tokens

HERE = Scope(account="111111111111", region="eu-west-1")
THERE = Scope(account="222222222222", region="eu-west-1")
KIND = Kind(
    service="sagemaker",
    name="Pipeline",
    identity=("PipelineName",),
    arn="arn:{partition}:sagemaker:{region}:{account}:pipeline/{PipelineName}",
    arn_member="PipelineArn",
    operations={"create": "CreatePipeline", "describe": "DescribePipeline", "list": "ListPipelines"},
    items="PipelineSummaries",
    filters={"PipelineNamePrefix": Filter(member="PipelineName", how="starts")},
)


def test_a_token_does_its_work_once_in_its_account() -> None:
    tokens, count = Tokens(), itertools.count()

    def work() -> dict[str, object]:
        return {"number": next(count)}

    first = tokens.once(HERE, "token", "late", work)
    assert tokens.once(HERE, "token", "late", work) == first
    others = [
        tokens.once(HERE, "token", "early", work),
        tokens.once(HERE, "other", "late", work),
        tokens.once(THERE, "token", "late", work),
        tokens.once(HERE, None, "late", work),
        tokens.once(HERE, None, "late", work),
    ]
    assert [other["number"] for other in others] == [1, 2, 3, 4, 5]


def test_a_failed_request_may_be_made_again_with_its_token() -> None:
    tokens, tries = Tokens(), iter([ValueError("no"), None])

    def work() -> dict[str, object]:
        fault = next(tries)
        if fault is not None:
            raise fault
        return {"done": True}

    for expected in (None, {"done": True}):
        try:
            assert tokens.once(HERE, "token", "late", work) == expected
        except ValueError:
            assert expected is None


def test_only_the_last_requests_are_remembered() -> None:
    tokens, count = Tokens(), itertools.count()
    for number in range(1001):
        tokens.once(HERE, number + 1, "late", lambda: {"number": next(count)})
    assert tokens.once(HERE, 1, "late", lambda: {"number": next(count)}) == {"number": 1001}


def test_the_service_changes_and_drops_records_by_itself() -> None:
    moments = itertools.count(1000.0)
    records = Records((KIND,), clock=lambda: next(moments))
    for name in ("late", "later", "early"):
        records.dispatch(HERE, "sagemaker", "CreatePipeline", {"PipelineName": name})
    wanted = {"PipelineName": "late"}
    before = records.get(KIND, HERE, wanted)["LastModifiedTime"]
    records.change("Pipeline", HERE, wanted, PipelineStatus="Deleting")
    found = records.dispatch(HERE, "sagemaker", "DescribePipeline", wanted)
    assert (found["PipelineStatus"], found["LastModifiedTime"] > before) == ("Deleting", True)
    listed = records.dispatch(HERE, "sagemaker", "ListPipelines", {"PipelineNamePrefix": "late"})
    assert [item["PipelineName"] for item in listed["PipelineSummaries"]] == ["late", "later"]
    arn = found["PipelineArn"]
    records.remove("Pipeline", HERE, wanted)
    records.remove("Pipeline", HERE, wanted)
    records.change("Pipeline", HERE, wanted, PipelineStatus="Active")
    assert [record["PipelineName"] for record in records.all("Pipeline", HERE)] == ["later", "early"]
    assert records.tags(arn) is None
