"""A team's decisions as data: a store for each classification; for each model its reader, what judges it, who sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, EncryptedLogGroup, FunctionLayer, SignIn, StandardTags
from mlops_stages.platform import DataClassification
from mlops_stages.reliable.capture_store import CAPTURE, CaptureStore
from mlops_stages.reliable.decisions.decision_reader import CODE, DecisionReader
from mlops_stages.reliable.decisions.decision_store import DecisionStore
from mlops_stages.reliable.monitors import ChallengeStore, ModelDashboard, ModelMonitor, ModelReaderRole, MonitorTerms
from mlops_stages.reliable.notices import CODE as NOTICES_CODE
from mlops_stages.reliable.notices import Escalation, ModelNotices, chat_channels
from mlops_stages.reliable.queries import AnalystRole, ModelTables, QueryWorkGroup
from mlops_stages.reliable.served_model import SHADOW_VARIANT, VARIANT, ServedModel
from mlops_stages.runtime.decisions.settings import Input, Settings
from mlops_stages.runtime.monitor_runs.settings import Settings as MonitorSettings


@dataclass(frozen=True, kw_only=True)
class ReadModel:
    """A model whose decisions become rows.

    Attributes:
        served: the model, and where it serves.
        classification: how sensitive its decisions are.
        inputs: each field of a request, in order.
        capture_percent: of requests that are captured.
        has_challenger: whether a shadow variant's answers are captured, too.
        runbook: the page that alarms name.
        escalation: who is told of alarms that nobody acknowledges.
        monitors: what it is judged by; None without labels.
        readers: e-mail addresses of those who see what monitors found; without any there is no such role.
        analysts: e-mail addresses of those who query what it decided; without any there are no tables, either.
    """

    served: ServedModel
    classification: DataClassification
    inputs: Sequence[Input]
    capture_percent: int
    has_challenger: bool
    runbook: str
    escalation: Escalation
    monitors: MonitorTerms | None = None
    readers: Sequence[str] = ()
    analysts: Sequence[str] = ()

    @property
    def has_hourly_drift(self) -> bool:
        """Whether its drift is measured within the day."""
        drift = None if self.monitors is None else self.monitors.drift
        return drift is not None and drift.is_hourly

    @property
    def is_retrained(self) -> bool:
        """Whether candidates of it are judged."""
        return self.monitors is not None and self.monitors.better_by is not None


class TeamDecisions(Construct):
    """What keeps, reads and judges the decisions of a team's models where they serve their callers."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        models: Sequence[ReadModel],
        captures: Mapping[DataClassification, CaptureStore],
        key: CustomerManagedKey,
        access_log_bucket: s3.IBucket,
        sign_in: SignIn,
        permissions_boundary_arn: str,
        tags: StandardTags,
    ) -> None:
        """Create stores, readers and monitors.

        Args:
            scope: the parent.
            id: the construct's id in it.
            models: those of one team in one environment, at least one.
            captures: where requests are captured, by classification.
            key: of queues, logs, schedules, alarms and functions, as `DecisionReader` has it.
            access_log_bucket: where S3 writes who asked for what.
            sign_in: how people come in who see what monitors found.
            permissions_boundary_arn: the most that roles may ever do.
            tags: of the team.
        """
        super().__init__(scope, id)
        first = models[0].served
        self.stores: Mapping[DataClassification, DecisionStore] = {
            classification: DecisionStore(
                self,
                f"Store{classification.title()}",
                perimeter=first.perimeter,
                addresses=first.addresses,
                team=first.team,
                models=[each.served.model for each in models if each.classification == classification],
                environment=first.environment,
                monitored=[each.served.model for each in models if each.monitors is not None],
                classification=classification,
                key=captures[classification].key,
                access_log_bucket=access_log_bucket,
            )
            for classification in sorted({each.classification for each in models})
        }
        """Where rows are kept, by classification."""
        retrained = [each.served.model for each in models if each.is_retrained]
        challenges = (
            ChallengeStore(
                self,
                "Challenges",
                perimeter=first.perimeter,
                addresses=first.addresses,
                team=first.team,
                models=retrained,
                access_log_bucket=access_log_bucket,
            )
            if retrained
            else None
        )
        if challenges is not None:
            sensitive = max(each.classification for each in models if each.is_retrained)
            replace(tags, data_classification=sensitive.value).apply(challenges)
        logs = EncryptedLogGroup(self, "Logs", key=key)
        code, layer = (
            CODE.placed(self),
            FunctionLayer(self, "DuckDB", name=first.addresses.decisions_layer_name(first.team, first.environment)),
        )
        notices_code = NOTICES_CODE.placed(self)
        channels = chat_channels(
            self,
            (model.escalation.channel for model in models),
            perimeter=first.perimeter,
            addresses=first.addresses,
            team=first.team,
            environment=first.environment,
            key_arn=key.key_arn,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        for model in models:
            served, monitors = model.served, model.monitors
            place = Construct(self, served.model)
            replace(tags, model=served.model, data_classification=model.classification.value).apply(place)
            capture, store = captures[model.classification], self.stores[model.classification]
            notices = ModelNotices(
                place,
                "Notices",
                served=served,
                runbook=model.runbook,
                escalation=model.escalation,
                bucket_name=store.bucket.bucket_name,
                data_key=capture.key,
                key=key,
                code=notices_code,
                log_group=logs,
                permissions_boundary_arn=permissions_boundary_arn,
                chat_topic_arn=None
                if model.escalation.channel is None
                else channels[model.escalation.channel].topic_arn,
            )
            reader = DecisionReader(
                place,
                "Reader",
                served=served,
                told=Settings(
                    endpoint=served.endpoint_name,
                    variants=(VARIANT, SHADOW_VARIANT) if model.has_challenger else (VARIANT,),
                    capture_bucket=capture.bucket.bucket_name,
                    capture_prefix=CAPTURE,
                    bucket=store.bucket.bucket_name,
                    queue="",
                    inputs=tuple(model.inputs),
                    capture_percent=model.capture_percent,
                ),
                capture_key=capture.key,
                key=key,
                code=code,
                layer=layer,
                log_group=logs,
                runbook=model.runbook,
                notices_arn=notices.function_arn,
                permissions_boundary_arn=permissions_boundary_arn,
            )
            if model.readers:
                ModelReaderRole(
                    place,
                    "See",
                    served=served,
                    readers=model.readers,
                    bucket_name=store.bucket.bucket_name,
                    data_key_arn=capture.key.key_arn,
                    sign_in=sign_in,
                    permissions_boundary_arn=permissions_boundary_arn,
                    has_monitors=monitors is not None,
                )
            if model.analysts:
                _queries(place, model, store, capture.key.key_arn, sign_in, permissions_boundary_arn)
            if monitors is None:
                _dashboard(place, model, [*reader.alarm_names, notices.alarm_name], None)
                continue
            told = monitors.settings(
                endpoint=served.endpoint_name,
                bucket=store.bucket.bucket_name,
                variant=VARIANT,
                challenger=SHADOW_VARIANT if model.has_challenger else None,
                challenges=None if challenges is None else challenges.bucket.bucket_name,
            )
            monitor = ModelMonitor(
                place,
                "Monitors",
                served=served,
                told=told,
                runbook=model.runbook,
                notices_arn=notices.function_arn,
                owner_topic_arn=notices.owner_topic_arn,
                read_labels=monitors.read_labels,
                read_baselines=monitors.read_baselines if monitors.reads_evaluations else (),
                judge_candidates=()
                if challenges is None or not model.is_retrained
                else (*monitors.list_candidates, *challenges.keep_requests(served.model)),
                data_key=capture.key,
                key=key,
                code=code,
                layer=layer,
                log_group=logs,
                permissions_boundary_arn=permissions_boundary_arn,
            )
            _dashboard(place, model, [*monitor.alarm_names, *reader.alarm_names, notices.alarm_name], told)


def _queries(
    place: Construct,
    model: ReadModel,
    store: DecisionStore,
    key_arn: str,
    sign_in: SignIn,
    permissions_boundary_arn: str,
) -> None:
    served, bucket_name = model.served, store.bucket.bucket_name
    ModelTables(
        place,
        "Tables",
        served=served,
        inputs=model.inputs,
        bucket_name=bucket_name,
        keep_days=store.keep_days,
        has_labels=model.monitors is not None,
        has_hourly_drift=model.has_hourly_drift,
    )
    QueryWorkGroup(place, "Queries", served=served, key_arn=key_arn)
    AnalystRole(
        place,
        "Query",
        served=served,
        analysts=model.analysts,
        bucket_name=bucket_name,
        data_key_arn=key_arn,
        sign_in=sign_in,
        permissions_boundary_arn=permissions_boundary_arn,
    )


def _dashboard(
    place: Construct, model: ReadModel, alarm_names: Sequence[str], monitors: MonitorSettings | None
) -> None:
    ModelDashboard(
        place,
        "Dashboard",
        served=model.served,
        runbook=model.runbook,
        alarm_names=alarm_names,
        monitors=monitors,
    )
