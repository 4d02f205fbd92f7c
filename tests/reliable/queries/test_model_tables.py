"""ModelTables: the tables have the types and the places of what the functions really write."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aws_cdk import Stack

from mlops_stages.reliable.queries import ModelTables
from mlops_stages.runtime.decisions.hours import Hour, Place
from mlops_stages.runtime.labels.source import Place as LabelledDay
from mlops_stages.runtime.monitor_runs.days import RunDay
from mlops_stages.runtime.monitor_runs.hours import RunHour
from mlops_stages.runtime.monitor_runs.record import lines
from mlops_stages.runtime.monitors.figures import Figure
from tests.foundation.built import Built, Json, built
from tests.reliable.serving import PRODUCTION, SERVED
from tests.runtime.decisions import given as decisions
from tests.runtime.labels import given as labels
from tests.runtime.monitor_runs.given import SETTINGS as MONITORS

BUCKET = "kept"
FIGURE = Figure(name="auc", of="all", value=0.7, low=0.6, high=0.8, rows=2**40, definition="of all", why=None)
GLUE = {
    ("BYTE_ARRAY", "UTF8"): "string",
    ("DOUBLE", None): "double",
    ("INT32", None): "int",
    ("INT32", "INT_32"): "int",
    ("INT64", "TIMESTAMP_MICROS"): "timestamp",
    ("BOOLEAN", None): "boolean",
}
"""The types of Hive that Athena reads Parquet's as.

Source: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""


def tables(stack: Stack, **options: Any) -> ModelTables:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "inputs": decisions.INPUTS,
        "bucket_name": BUCKET,
        "keep_days": 730,
        "has_labels": True,
        "has_hourly_drift": True,
    }
    return ModelTables(stack, "Tables", **{**given, **options})


@pytest.fixture(scope="module")
def found() -> Built:
    return built(tables)


@pytest.fixture(scope="module")
def table(found: Built) -> Callable[[str], Json]:
    every = {each["TableInput"]["Name"]: each["TableInput"] for each in found.all("AWS::Glue::Table")}
    assert sorted(every) == ["decisions", "drift", "figures", "labels"]
    return lambda name: every[name]


def columns(table: Json) -> dict[str, str]:
    return {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}


def written(content: bytes, folder: Path) -> dict[str, str]:
    """The columns of a Parquet file with Hive's types, from the types that are physically in it."""
    file = folder / "file.parquet"
    file.write_bytes(content)
    query = f"SELECT name, type, converted_type FROM parquet_schema('{file}') WHERE type IS NOT NULL"
    with duckdb.connect() as database:
        return {name: GLUE[kind, converted] for name, kind, converted in database.execute(query).fetchall()}


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_decisions_have_the_types_that_their_reader_writes_for_each_type_of_input(
    table: Callable[[str], Json], tmp_path: Path
) -> None:
    assert {each.type for each in decisions.INPUTS} == {"category", "integer", "number"}
    world = decisions.World()
    world.capture(decisions.line())
    world.settle()
    content = world.s3.get_object(Bucket=decisions.DECISIONS, Key=world.place().decisions)["Body"].read()
    assert columns(table("decisions")) == written(content, tmp_path)
    assert list(columns(table("decisions"))) == list(written(content, tmp_path))


def test_labels_have_the_types_that_the_monitors_write(table: Callable[[str], Json], tmp_path: Path) -> None:
    world = labels.World()
    world.collect(labels.ours(), labels.sagemakers("1\n0", "e-1"))
    world.settle()
    assert columns(table("labels")) == written(world.kept(world.place().labels), tmp_path)


def test_figures_are_read_from_lines_as_they_are_written(table: Callable[[str], Json], tmp_path: Path) -> None:
    file = tmp_path / "figures.jsonl"
    file.write_bytes(lines([FIGURE]))
    with duckdb.connect() as database:
        kinds = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE"}
        declared = {name: kinds[kind] for name, kind in columns(table("figures")).items()}
        ((*row,),) = database.execute(f"FROM read_json('{file}', columns={declared})").fetchall()
        (names,) = database.execute(f"SELECT json_keys(json) FROM read_ndjson_objects('{file}')").fetchone() or ((),)
    assert sorted(names) == sorted(declared)
    assert row == [vars(FIGURE)[name] for name in declared]


def test_each_place_that_is_calculated_is_where_the_functions_write(table: Callable[[str], Json]) -> None:
    hour, endpoint = Hour(datetime(2026, 3, 1, 7, tzinfo=UTC)), SERVED.endpoint_name
    keys = {
        "decisions": Place(replace(decisions.SETTINGS, endpoint=endpoint), "challenger", hour).decisions,
        "labels": LabelledDay(replace(labels.SOURCE, endpoint=endpoint), hour.start.date()).labels,
        "figures": RunDay(replace(MONITORS, endpoint=endpoint), hour.start).figures,
        "drift": RunHour(replace(MONITORS, endpoint=endpoint), hour).figures,
    }
    given = {"variant": "challenger", "utc_day": "2026-03-01", "utc_hour": "07"}
    for name, key in keys.items():
        assert _place(table(name), given) == f"s3://{BUCKET}/{key.rpartition('/')[0]}/"


def _place(table: Json, given: Mapping[str, str]) -> str:
    keys = [each["Name"] for each in table["PartitionKeys"]]
    template = str(table["Parameters"]["storage.location.template"])
    assert template.startswith(table["StorageDescriptor"]["Location"])
    assert sorted(re.findall(r"\$\{(\w+)\}", template)) == sorted(keys)
    return re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], template)


def test_partitions_are_calculated_for_each_key_and_none_is_added(found: Built) -> None:
    assert set(found.types) == {"AWS::Glue::Database", "AWS::Glue::Table"}
    for each in _inputs(found):
        parameters = each["Parameters"]
        assert parameters["projection.enabled"] == "true"
        for key in each["PartitionKeys"]:
            assert f"projection.{key['Name']}.type" in parameters
        assert parameters["projection.utc_day.range"] == "NOW-730DAYS,NOW"


def test_hours_are_written_with_two_digits_and_both_variants_are_there(table: Callable[[str], Json]) -> None:
    parameters = table("decisions")["Parameters"]
    assert (parameters["projection.utc_hour.range"], parameters["projection.utc_hour.digits"]) == ("0,23", "2")
    assert parameters["projection.variant.values"] == "champion,challenger"


def test_no_column_of_a_file_is_a_partition_too(found: Built) -> None:
    for each in _inputs(found):
        assert not set(columns(each)) & {key["Name"] for key in each["PartitionKeys"]}


def test_a_day_of_figures_holds_none_of_an_hour(table: Callable[[str], Json]) -> None:
    """Athena reads all that lies in a partition's folder, however deep."""
    settings, hour = replace(MONITORS, endpoint=SERVED.endpoint_name), Hour(datetime(2026, 3, 1, 7, tzinfo=UTC))
    day = _place(table("figures"), {"utc_day": "2026-03-01"}).removeprefix(f"s3://{BUCKET}/")
    assert RunDay(settings, hour.start).figures.startswith(day)
    assert not RunHour(settings, hour).figures.startswith(day)
    assert columns(table("drift")) == columns(table("figures"))


def test_a_table_of_drift_is_there_only_where_it_is_measured_within_the_day() -> None:
    found = built(lambda stack: tables(stack, has_hourly_drift=False))
    assert sorted(each["Name"] for each in _inputs(found)) == ["decisions", "figures", "labels"]


def test_a_model_without_labels_has_its_decisions_alone() -> None:
    found = built(lambda stack: tables(stack, has_labels=False, has_hourly_drift=False))
    assert [each["Name"] for each in _inputs(found)] == ["decisions"]


def test_the_database_is_the_models_own_and_goes_with_its_stack(found: Built) -> None:
    (name,) = found.resources("AWS::Glue::Database")
    database = found.one("AWS::Glue::Database")
    assert database["CatalogId"] == PRODUCTION
    assert database["DatabaseInput"]["Name"] == "acme_card_fraud_production"
    assert found.resources("AWS::Glue::Database")[name]["DeletionPolicy"] == "Delete"


def _inputs(found: Built) -> Iterator[Json]:
    return (each["TableInput"] for each in found.all("AWS::Glue::Table"))
