"""The stacks of staging and production: the account, each team's part in it, and each model's endpoint or transform."""

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer

from mlops_stages.foundation import AlarmTopic, Network, import_bucket
from mlops_stages.platform import Alarms, DataClassification, Duty, Model, Platform, Purpose, Stage, Team
from mlops_stages.platform import Segment as DeclaredSegment
from mlops_stages.reliable import (
    Batch,
    Capture,
    HostedModel,
    Instances,
    ModelEndpoint,
    ModelTransform,
    ServedModel,
    Serverless,
    ServingAccount,
    TeamServing,
)
from mlops_stages.reliable.capture_store import captured_to
from mlops_stages.reliable.monitors import MonitorTerms
from mlops_stages.reliable.notices import Escalation, SlackChannel
from mlops_stages.repeatable import evaluations_of, labels_prefix, list_candidates, read_baselines, read_labels
from mlops_stages.runtime.decisions.settings import Input
from mlops_stages.runtime.monitor_runs.settings import BiasLimit, Bound, Drift
from mlops_stages.runtime.monitors.bias import Segment
from stacks.platform_stack import PlatformStack

_INVOKE = {Purpose.STAGING: Duty.INVOKE_STAGING, Purpose.PRODUCTION: Duty.INVOKE_PRODUCTION}
RUNBOOK = "docs/endpoints.md of mlops-stages"
"""What alarms name where platform.yaml names no page of the organization's own."""


class ServingStack(PlatformStack):
    """What all teams of an account that serves share."""

    def __init__(self, app: App, platform: Platform, purpose: Purpose) -> None:
        """Create the stack `PLATFORM-staging` or `PLATFORM-production`."""
        super().__init__(app, platform, purpose, stage=Stage.RELIABLE)
        account = ServingAccount(
            self,
            "Account",
            platform=platform.name,
            environment=purpose.value,
            owner=platform.owner,
            perimeter=self.perimeter,
            network=self.network_options,
            given=self.given,
            with_audit_trail=self.has_audit_trail,
        )
        self.export("BoundaryArn", account.permissions_boundary_arn)
        self.export("AccessLogBucket", account.access_log_bucket.bucket_name)
        self.export_network(account.network)


class ServingTeamStack(PlatformStack):
    """One team's part of an account that serves: what its models' releases rest on."""

    def __init__(self, app: App, platform: Platform, purpose: Purpose, team: Team) -> None:
        """Create the stack `PLATFORM-ENVIRONMENT-team-TEAM`."""
        super().__init__(app, platform, purpose, stage=Stage.RELIABLE, team=team)
        serving = TeamServing(
            self,
            "Team",
            team=team.name,
            environment=purpose.value,
            addresses=platform.addresses,
            perimeter=self.perimeter,
            permissions_boundary_arn=self.imported("BoundaryArn"),
            access_log_bucket=import_bucket(self, "AccessLogs", name=self.imported("AccessLogBucket")),
            network=self.imported_network(),
            models=[
                HostedModel(
                    name=model.name,
                    owner=model.owner,
                    classification=model.data_classification,
                    runs_on=runs_on(model, purpose),
                    callers=_INVOKE[purpose].people(team, model),
                    inputs=[Input(name=each.name, type=each.type) for each in model.inputs],
                    capture_percent=(model.endpoint and model.endpoint.captured_percent) or 100,
                    has_challenger=model.endpoint is not None and model.endpoint.rival is not None,
                    runbook=runbook_of(model),
                    escalation=escalation_of(team, model),
                    monitors=monitor_terms(platform, team, model),
                    readers=Duty.SEE_PRODUCTION.people(team, model) if purpose is Duty.SEE_PRODUCTION.purpose else (),
                    analysts=Duty.QUERY_PRODUCTION.people(team, model)
                    if purpose is Duty.QUERY_PRODUCTION.purpose
                    else (),
                )
                for model in serving_models(team)
            ],
            is_tried=purpose is Purpose.STAGING,
            sign_in=self.sign_in,
            tags=self.standard_tags,
        )
        self.export_of_team("KeyArn", serving.key.key_arn)
        for classification, store in serving.captures.items():
            self.export_of_team(f"{classification.title()}CaptureBucket", store.bucket.bucket_name)
            self.export_of_team(f"{classification.title()}CaptureKeyArn", store.key.key_arn)
        for classification, kept in serving.decisions.items():
            self.export_of_team(f"{classification.title()}DecisionsBucket", kept.bucket.bucket_name)
        for model, group in serving.security_group_ids.items():
            self.export_of_team(f"{model}:SecurityGroup", group)


class ServedModelStack(PlatformStack):
    """One model's endpoint or transform: the only stack that a release changes, by its parameters.

    It has no parameter but those of a release: the bootstrap's version, which other stacks ask for, would have the
    role of releases read it.
    """

    def __init__(self, app: App, platform: Platform, purpose: Purpose, team: Team, model: Model) -> None:
        """Create the stack `PLATFORM-ENVIRONMENT-model-MODEL`."""
        super().__init__(
            app,
            platform,
            purpose,
            stage=Stage.RELIABLE,
            team=team,
            model=model,
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        self._model = model
        running = runs_on(model, purpose)
        is_isolated = not isinstance(running, Serverless)
        served = ServedModel(
            addresses=platform.addresses,
            perimeter=self.perimeter,
            team=team.name,
            model=model.name,
            environment=purpose.value,
            owner=model.owner,
            network=self._network() if is_isolated else None,
        )
        key_arn = self.imported_of_team("KeyArn")
        topic = AlarmTopic(
            self,
            "Owner",
            perimeter=self.perimeter,
            key_arn=key_arn,
            owners=[model.owner],
            rule_arns=[served.transform_rule_arn] if isinstance(running, Batch) else [],
        )
        runbook = runbook_of(model)
        if isinstance(running, Batch):
            ModelTransform(
                self,
                "Transform",
                served=served,
                role_arn=served.serve_role,
                batch=running,
                capture=self._capture(model.data_classification),
                volume_key_arn=None if running.encrypts_itself else key_arn,
                schedule_key_arn=key_arn,
                topic=topic,
                runbook=runbook,
                permissions_boundary_arn=self.imported("BoundaryArn"),
                tags=self.standard_tags,
            )
            return
        terms = model.endpoint_terms
        if terms is None:  # the file's rules refuse an endpoint without a service level
            raise KeyError(model.name)
        endpoint = ModelEndpoint(
            self,
            "Endpoint",
            served=served,
            role_arn=served.serve_role,
            capacity=running,
            rollout=terms.rollout,
            level=terms.level,
            topic=topic,
            runbook=runbook,
            log_key_arn=key_arn,
            volume_key_arn=key_arn if isinstance(running, Instances) and not running.encrypt_themselves else None,
            capture=self._capture(model.data_classification, terms.capture_percent) if is_isolated else None,
            limits=terms.limits,
            challenger=terms.challenger,
            notices_arn=served.notices_arn if model.has_decisions_read and purpose is Purpose.PRODUCTION else None,
        )
        CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)

    def _network(self) -> Network:
        shared = self.imported_network()
        group = self.imported_of_team(f"{self._model.name}:SecurityGroup")
        return Network(vpc_id=shared.vpc_id, subnet_ids=shared.subnet_ids, workload_security_group_id=group)

    def _capture(self, classification: DataClassification, percent: int | None = None) -> Capture:
        return captured_to(
            self.perimeter.partition,
            self.imported_of_team(f"{classification.title()}CaptureBucket"),
            self.imported_of_team(f"{classification.title()}CaptureKeyArn"),
            percent=100 if percent is None else percent,
        )


def serving_models(team: Team) -> tuple[Model, ...]:
    """The models of a team that are served, by an endpoint or on a schedule; none before its stage is reliable."""
    if team.stage < Stage.RELIABLE:
        return ()
    return tuple(model for model in team.models if model.endpoint is not None or model.batch is not None)


def runs_on(model: Model, purpose: Purpose) -> Instances | Serverless | Batch:
    """What serves a model. KeyError for one that is not served."""
    if model.batch is not None:
        return model.batch.of(purpose.value)
    if model.endpoint_terms is None:
        raise KeyError(model.name)
    return model.endpoint_terms.capacity


def runbook_of(model: Model) -> str:
    """The page that its alarms name."""
    return RUNBOOK if model.runbook is None else model.runbook


def escalation_of(team: Team, model: Model) -> Escalation:
    """Who is told of an alarm of the model that nobody acknowledges, and when."""
    alarms = Alarms() if model.alarms is None else model.alarms
    return Escalation(minutes=alarms.minutes, others=team.told_next(model), channel=channel_of(model))


def channel_of(model: Model) -> SlackChannel | None:
    """The chat channel that shows what is told of the model."""
    chat = None if model.alarms is None else model.alarms.chat
    return None if chat is None else SlackChannel(workspace=chat.slack.workspace, channel=chat.slack.channel)


def _segment(declared: DeclaredSegment) -> Segment:
    return Segment(column=declared.input, values=tuple(declared.values))


def monitor_terms(platform: Platform, team: Team, model: Model) -> MonitorTerms | None:
    """What a model is judged by; None where platform.yaml declares no labels."""
    labels, quality, drift = model.labels, model.quality, model.drift
    if labels is None:
        return None
    return MonitorTerms(
        label_type=labels.type,
        delay_hours=int(labels.longest_delay.total_seconds()) // 3600,
        window_days=labels.window_days,
        margin=labels.margin,
        quality=None
        if quality is None
        else Bound(metric=quality.metric, minimum=quality.minimum, maximum=quality.maximum),
        segments=[_segment(each) for each in labels.segments],
        bias=[
            BiasLimit(segment=_segment(each), metric=each.bias.metric, maximum=each.bias.maximum)
            for each in labels.segments
            if each.bias is not None
        ],
        drift=None
        if drift is None
        else Drift(metric=drift.metric, maximum=drift.maximum, every_hours=drift.every_hours),
        inputs={each.name: each.type for each in model.inputs},
        evaluations=evaluations_of(platform.addresses, team.name, model.name),
        read_baselines=read_baselines(platform.addresses, team.name, model.name),
        better_by=None if model.retraining is None else model.retraining.margin,
        list_candidates=list_candidates(platform.addresses, team.name, model.name),
        label_bucket=platform.addresses.data_bucket(team.name, model.data_classification),
        label_prefix=labels_prefix(model.name),
        read_labels=read_labels(platform.addresses, team.name, model.name, model.data_classification),
    )
