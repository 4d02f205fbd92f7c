"""Production's decisions become rows: what callers were answered, an hour later, each once, and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mlops_stages.platform import Purpose
from mlops_stages.runtime.decisions.metrics import CAPTURED_SHARE, NAMESPACE
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.people import as_service
from tests.end_to_end.releases import MODEL, TEAM, Releases
from tests.local.clients import refusal

Json = dict[str, Any]
ENDPOINT = f"{TEAM}-{MODEL}-production"
HOUR = 3600


@pytest.fixture
def releases(promotions: PlatformUp) -> Iterator[Releases]:
    """The model's releases, while nobody else promotes."""
    found = Releases(promotions)
    with found.patient():
        yield found


class Production:
    """The account that the model serves in: what is kept as its reader sees it, the rest as its root does."""

    def __init__(self, releases: Releases) -> None:
        account, names = releases.up.platform.account(Purpose.PRODUCTION), releases.arrivals.addresses
        root, duty = releases.up.root(account), names.read_decisions_duty("production")
        reader = as_service(releases.up, names.model_role(account, TEAM, MODEL, duty), "lambda.amazonaws.com")
        self._s3, self._runtime = reader.client("s3"), root.client("sagemaker-runtime")
        self.s3_of_root = root.client("s3")
        self.cloudwatch, self.functions = root.client("cloudwatch"), root.client("lambda")
        self.told: Json = json.loads(
            self.functions.get_function_configuration(FunctionName=f"acme-{MODEL}-production-decisions")["Environment"][
                "Variables"
            ]["DECISIONS"]
        )

    def ask(self, rows: list[Json], inference_id: str) -> list[Json]:
        """What the model answers to a request of some rows."""
        answer = self._runtime.invoke_endpoint(
            EndpointName=ENDPOINT,
            ContentType="application/jsonlines",
            InferenceId=inference_id,
            Body="".join(json.dumps(each) + "\n" for each in rows).encode(),
        )
        return [json.loads(line) for line in answer["Body"].read().decode().splitlines()]

    def manifests(self) -> list[Json]:
        """What was read of each hour."""
        listed = self._s3.list_objects_v2(Bucket=self.told["bucket"], Prefix="manifests/endpoint=").get("Contents", [])
        return [json.loads(self._read(each["Key"])) for each in listed]

    def rows(self, columns: str, path: Path) -> list[tuple[Any, ...]]:
        """Columns of every decision, through a file of the test's."""
        found: list[tuple[Any, ...]] = []
        listed = self._s3.list_objects_v2(Bucket=self.told["bucket"], Prefix="manifests/endpoint=")
        for each in listed.get("Contents", []):
            key = each["Key"].replace("manifests/", "decisions/", 1).replace("hour.json", "decisions.parquet")
            path.write_bytes(self._read(key))
            with duckdb.connect() as connection:
                found += connection.execute(
                    f"select {columns} from read_parquet($path)", {"path": str(path)}
                ).fetchall()
        return found

    def _read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self.told["bucket"], Key=key)["Body"].read()
        return content


def test_what_production_answered_is_a_row_an_hour_later(releases: Releases, tmp_path: Path) -> None:
    releases.at_rest()
    production = Production(releases)
    evaluation = str(releases.arrivals.package["evaluation"])
    golden = releases.arrivals.read(f"{evaluation.rpartition('/')[0]}/golden.jsonl").splitlines()
    records: list[Json] = [json.loads(line)["record"] for line in golden[:3]]
    rows = [{**record, "decision_id": f"e2e-{number}"} for number, record in enumerate(records)]
    answers = production.ask(rows, "0199-e2e")

    def is_read() -> bool:
        return any(each["found"]["rows"] for each in production.manifests() if each["captured_share"] is not None)

    releases.pass_time(HOUR + 15 * 60)
    releases.until(is_read)
    found = {
        row[0]: row[1:]
        for row in production.rows("decision_id, inference_id, score, package, carrier, hour", tmp_path / "x")
        if row[0].startswith("e2e-")
    }
    serves = releases.serves()["package"]
    assert found == {
        answer["decision_id"]: ("0199-e2e", answer["score"], serves, record["carrier"], record["hour"])
        for answer, record in zip(answers, records, strict=True)
    }
    read = [each for each in production.manifests() if each["invocations"]]
    assert all(each["captured_share"] == "100.0000" for each in read)
    assert all(not each["found"]["quarantined"] for each in read)
    metrics = production.cloudwatch.list_metrics(Namespace=NAMESPACE, MetricName=CAPTURED_SHARE)["Metrics"]
    assert {one["Name"]: one["Value"] for one in metrics[0]["Dimensions"]} == {
        "Endpoint": ENDPOINT,
        "Variant": "champion",
    }

    # Whoever administers the account sees what there is, and reads none of it.
    bucket = production.told["bucket"]
    keys = [each["Key"] for each in production.s3_of_root.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys
    for key in keys:
        refusal(lambda key=key: production.s3_of_root.get_object(Bucket=bucket, Key=key))

    # Looked at again, nothing is read again.
    before = production.manifests()
    releases.pass_time(HOUR)
    assert [each for each in production.manifests() if each in before] == before
