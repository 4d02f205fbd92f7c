"""What is kept of one model in production, as tables of the Glue catalog with declared types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_glue as glue
from constructs import Construct

from mlops_stages.reliable.served_model import SHADOW_VARIANT, VARIANT, ServedModel
from mlops_stages.runtime.decisions.hours import DECISIONS
from mlops_stages.runtime.decisions.settings import Input
from mlops_stages.runtime.labels.source import LABELS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.monitor_runs.hours import DRIFT

FIGURES = "figures"
INPUT_TYPES: Mapping[str, str] = {"category": "string", "integer": "double", "number": "double"}
"""The reader writes whole numbers as doubles, too: a request may hold them as 7.0."""
DECISION_COLUMNS: Mapping[str, str] = {
    "decision_id": "string",
    "event_id": "string",
    "inference_id": "string",
    "row": "int",
    "decided_at": "timestamp",
    "package": "string",
    "score": "double",
}
"""Before the inputs."""
LABEL_COLUMNS: Mapping[str, str] = {
    "decision_id": "string",
    "event_id": "string",
    "row": "int",
    "label": "double",
    "collected_at": "timestamp",
    "correction": "boolean",
}
FIGURE_COLUMNS: Mapping[str, str] = {
    "name": "string",
    "of": "string",
    "value": "double",
    "low": "double",
    "high": "double",
    "rows": "bigint",
    "definition": "string",
    "why": "string",
}
_HIVE = "org.apache.hadoop.hive.ql.io"


@dataclass(frozen=True, kw_only=True)
class _Format:
    """How rows are written: what Hive reads and writes them by."""

    classification: str
    input: str
    output: str
    serde: str


_PARQUET = _Format(
    classification="parquet",
    input=f"{_HIVE}.parquet.MapredParquetInputFormat",
    output=f"{_HIVE}.parquet.MapredParquetOutputFormat",
    serde=f"{_HIVE}.parquet.serde.ParquetHiveSerDe",
)
_JSON_LINES = _Format(
    classification="json",
    input="org.apache.hadoop.mapred.TextInputFormat",
    output=f"{_HIVE}.HiveIgnoreKeyTextOutputFormat",
    serde="org.openx.data.jsonserde.JsonSerDe",
)


class ModelTables(Construct):
    """A database for one model, with its `decisions`, and where it has labels, `labels` and `figures`.

    Where drift is measured within the day, those figures are in `drift`.

    Athena calculates the partitions from the tables' own properties: nothing crawls, and no partition is ever added.
    Tables hold no rows and give nobody access to any: they go with their stack, and can be made again.

    Sources: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html,
    https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        inputs: Sequence[Input],
        bucket_name: str,
        keep_days: int,
        has_labels: bool,
        has_hourly_drift: bool = False,
    ) -> None:
        """Create the database and its tables.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            inputs: each field of a request, in order, of which the rows have a column each.
            bucket_name: of the store of decisions.
            keep_days: days that a decision is kept: no earlier day is looked for.
            has_labels: whether labels and figures are kept beside the decisions.
            has_hourly_drift: whether figures of drift are kept by the hour, too.
        """
        super().__init__(scope, id)
        self._served, self._bucket, self._keep_days = served, bucket_name, keep_days
        self.database_name: str = served.addresses.tables_name(served.model, served.environment)
        self._database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=served.perimeter.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database_name,
                description=f"What model {served.model} decided in {served.environment}, and what became of it",
            ),
        )
        # Names of columns, and no row: with a fixed name, it would keep the next one from being made.
        self._database.apply_removal_policy(RemovalPolicy.DESTROY)
        columns = {**DECISION_COLUMNS, **{each.name: INPUT_TYPES[each.type] for each in inputs}}
        variant = {"type": "enum", "values": f"{VARIANT},{SHADOW_VARIANT}"}
        hour = {"type": "integer", "range": "0,23", "digits": "2"}
        self._table(
            DECISIONS, columns, _PARQUET, DECISIONS, {"variant": variant, "utc_day": self._day, "utc_hour": hour}
        )
        if has_labels:
            self._table(LABELS, LABEL_COLUMNS, _PARQUET, LABELS, {"utc_day": self._day})
            self._table(FIGURES, FIGURE_COLUMNS, _JSON_LINES, MONITORS, {"utc_day": self._day})
        if has_hourly_drift:
            hours = {"utc_day": self._day, "utc_hour": hour}
            self._table(DRIFT, FIGURE_COLUMNS, _JSON_LINES, MONITORS, hours, within=f"{DRIFT}/")

    @property
    def _day(self) -> Mapping[str, str]:
        return {
            "type": "date",
            "format": "yyyy-MM-dd",
            "range": f"NOW-{self._keep_days}DAYS,NOW",
            "interval": "1",
            "interval.unit": "DAYS",
        }

    def _table(
        self,
        name: str,
        columns: Mapping[str, str],
        written: _Format,
        folder: str,
        partitions: Mapping[str, Mapping[str, str]],
        within: str = "",
    ) -> None:
        location = f"s3://{self._bucket}/{folder}/endpoint={self._served.endpoint_name}/{within}"
        projection = {
            f"projection.{key}.{setting}": value
            for key, settings in partitions.items()
            for setting, value in settings.items()
        }
        table = glue.CfnTable(
            self,
            name.title(),
            catalog_id=self._served.perimeter.account,
            database_name=self.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                description=f"{name.title()} of model {self._served.model} in {self._served.environment}",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "EXTERNAL": "TRUE",
                    "classification": written.classification,
                    "projection.enabled": "true",
                    **projection,
                    "storage.location.template": location + "".join(f"{key}=${{{key}}}/" for key in partitions),
                },
                partition_keys=[
                    glue.CfnTable.ColumnProperty(name=key, type="int" if settings["type"] == "integer" else "string")
                    for key, settings in partitions.items()
                ],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[glue.CfnTable.ColumnProperty(name=each, type=kind) for each, kind in columns.items()],
                    location=location,
                    input_format=written.input,
                    output_format=written.output,
                    serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=written.serde),
                ),
            ),
        )
        table.node.add_dependency(self._database)
