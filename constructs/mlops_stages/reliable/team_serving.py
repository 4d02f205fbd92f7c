"""Everything that one team has in an account in which models serve, but what its releases make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    CustomerManagedKey,
    Network,
    Perimeter,
    SignIn,
    StandardTags,
    alarms_may_encrypt,
    events_may_encrypt,
    functions_may_encrypt,
    logs_may_encrypt,
)
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.reliable.capture_store import Capture, CaptureStore
from mlops_stages.reliable.decisions import DecisionStore, ReadModel, TeamDecisions
from mlops_stages.reliable.invoker_role import InvokerRole
from mlops_stages.reliable.monitors import MonitorTerms
from mlops_stages.reliable.notices import Escalation
from mlops_stages.reliable.release_roles import CloudFormationRole, DeployRole
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.reliable.serving_role import ServingRole
from mlops_stages.reliable.serving_security_group import ServingSecurityGroup
from mlops_stages.runtime.decisions.settings import Input
from mlops_stages.serving.batch import Batch
from mlops_stages.serving.capacity import Instances, Serverless


@dataclass(frozen=True, kw_only=True)
class HostedModel:
    """A model that serves.

    Attributes:
        name: the model's name, unique in the platform.
        owner: e-mail address of who answers for it.
        classification: how sensitive its decisions are.
        runs_on: what its endpoint runs on, or what its transform scores.
        callers: e-mail addresses of those who call its endpoint by hand; without any there is no such role.
        inputs: each field of a request, in order; without any, nothing reads its decisions.
        capture_percent: of requests that its endpoint captures.
        has_challenger: whether a shadow variant answers beside it.
        runbook: the page that its alarms name.
        escalation: who is told of alarms that nobody acknowledges; needed where decisions are read.
        monitors: what it is judged by where it serves its callers; None without labels.
        readers: e-mail addresses of those who see there what monitors found; without any there is no such role.
        analysts: e-mail addresses of those who query there what it decided; without any there are no tables.
    """

    name: str
    owner: str
    classification: DataClassification
    runs_on: Instances | Serverless | Batch
    callers: Sequence[str] = ()
    inputs: Sequence[Input] = ()
    capture_percent: int = 100
    has_challenger: bool = False
    runbook: str = ""
    escalation: Escalation | None = None
    monitors: MonitorTerms | None = None
    readers: Sequence[str] = ()
    analysts: Sequence[str] = ()

    @property
    def has_decisions_read(self) -> bool:
        """Whether its decisions become rows where it serves its callers: those of endpoints on instances do."""
        return isinstance(self.runs_on, Instances) and bool(self.inputs)

    @property
    def keeps_decisions(self) -> bool:
        """Whether SageMaker captures what it is asked and what it answers."""
        return not isinstance(self.runs_on, Serverless)

    @property
    def has_volumes_under_a_key(self) -> bool:
        """Whether its instances take a key for their volumes: some encrypt themselves, and serverless has none."""
        match self.runs_on:
            case Instances():
                return not self.runs_on.encrypt_themselves
            case Batch():
                return not self.runs_on.encrypts_itself
            case Serverless():
                return False


class TeamServing(Construct):
    """A team's key, its captured decisions by classification, and for each model its security group and its roles.

    What a release makes is in a stack of each model's own, by `ModelEndpoint` or `ModelTransform`.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        team: str,
        environment: str,
        addresses: Addresses,
        perimeter: Perimeter,
        permissions_boundary_arn: str,
        access_log_bucket: s3.IBucket,
        network: Network,
        models: Sequence[HostedModel],
        is_tried: bool,
        sign_in: SignIn,
        tags: StandardTags,
    ) -> None:
        """Create the team's part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            team: the team's name.
            environment: `staging` or `production`.
            addresses: the platform's names.
            perimeter: the account that the models serve in, and its organization.
            permissions_boundary_arn: the most that the roles may ever do.
            access_log_bucket: where S3 writes who asked for what.
            network: where instances run; each model has a security group of its own there.
            models: those of the team that serve, at least one.
            is_tried: whether versions are tested here, as in staging, or serve, as in production.
            sign_in: how people come in who call an endpoint by hand, or see what monitors found.
            tags: of the team.

        Raises:
            ValueError: `REL-044` without a model, or with one twice; `REL-045` for a model whose decisions are read and
                that has no escalation; `REL-032`, `REL-042` for what a part refuses.
        """
        names = [model.name for model in models]
        if not names or len({*names}) < len(names):
            message = f"REL-044: {id}: models {', '.join(names)} serve; name at least one, each once"
            raise ValueError(message)
        super().__init__(scope, id)
        has_rows = not is_tried and any(model.has_decisions_read for model in models)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=addresses.serving_key_alias(team, environment).removeprefix("alias/"),
            description=f"Volumes, logs, schedules and alarms of the models of team {team} in {environment}",
            via=["sagemaker", "ec2", "scheduler", *(["sns", "sqs"] if has_rows else [])],
            statements=[
                *logs_may_encrypt(perimeter),
                alarms_may_encrypt(perimeter),
                events_may_encrypt(),
                *(functions_may_encrypt(perimeter) if has_rows else ()),
            ],
        )
        self.captures: Mapping[DataClassification, CaptureStore] = {
            classification: CaptureStore(
                self,
                f"Capture{classification.title()}",
                perimeter=perimeter,
                addresses=addresses,
                team=team,
                models=[each.name for each in models if each.keeps_decisions and each.classification == classification],
                environment=environment,
                classification=classification,
                access_log_bucket=access_log_bucket,
                analysts={
                    addresses.queries_name(each.name, environment): addresses.model_role(
                        perimeter.account, team, each.name, addresses.query_duty(environment)
                    )
                    for each in models
                    if not is_tried
                    and each.has_decisions_read
                    and each.analysts
                    and each.classification == classification
                },
            )
            for classification in sorted({each.classification for each in models if each.keeps_decisions})
        }
        """Where decisions are captured, by classification."""
        reads: list[ReadModel] = []
        self.security_group_ids: dict[str, str] = {}
        """The groups of the models that have instances, by model."""
        self.decisions: Mapping[DataClassification, DecisionStore] = {}
        """Where decisions are kept as rows, by classification."""
        for model in models:
            store = self.captures[model.classification] if model.keeps_decisions else None
            place = Construct(self, model.name)
            replace(tags, model=model.name, data_classification=model.classification.value).apply(place)
            served = ServedModel(
                addresses=addresses,
                perimeter=perimeter,
                team=team,
                model=model.name,
                environment=environment,
                owner=model.owner,
                network=self._network(place, network, model),
            )
            self._roles(
                place,
                served,
                model,
                capture=None if store is None else store.capture(),
                is_tried=is_tried,
                permissions_boundary_arn=permissions_boundary_arn,
            )
            if model.callers:
                InvokerRole(
                    place,
                    "Invoke",
                    served=served,
                    callers=model.callers,
                    sign_in=sign_in,
                    permissions_boundary_arn=permissions_boundary_arn,
                )
            if has_rows and model.has_decisions_read:
                reads.append(
                    ReadModel(
                        served=served,
                        classification=model.classification,
                        inputs=model.inputs,
                        capture_percent=model.capture_percent,
                        has_challenger=model.has_challenger,
                        runbook=model.runbook,
                        escalation=_escalation(id, model),
                        monitors=model.monitors,
                        readers=model.readers,
                        analysts=model.analysts,
                    )
                )
        if reads:
            team_decisions = TeamDecisions(
                self,
                "Decisions",
                models=reads,
                captures=self.captures,
                key=self.key,
                access_log_bucket=access_log_bucket,
                sign_in=sign_in,
                permissions_boundary_arn=permissions_boundary_arn,
                tags=tags,
            )
            self.decisions = team_decisions.stores

    def _network(self, place: Construct, network: Network, model: HostedModel) -> Network | None:
        if isinstance(model.runs_on, Serverless):
            return None
        group = ServingSecurityGroup(place, "SecurityGroup", vpc_id=network.vpc_id, model=model.name)
        self.security_group_ids[model.name] = group.group_id
        return replace(network, workload_security_group_id=group.group_id)

    def _roles(
        self,
        place: Construct,
        served: ServedModel,
        model: HostedModel,
        *,
        capture: Capture | None,
        is_tried: bool,
        permissions_boundary_arn: str,
    ) -> None:
        volume_key_arn = self.key.key_arn if model.has_volumes_under_a_key else None
        batch = model.runs_on if isinstance(model.runs_on, Batch) else None
        ServingRole(
            place,
            "Serve",
            served=served,
            capture=capture,
            volume_key_arn=volume_key_arn,
            permissions_boundary_arn=permissions_boundary_arn,
            batch=batch,
            is_tried=is_tried,
        )
        DeployRole(
            place,
            "Deploy",
            served=served,
            runs_on=model.runs_on,
            capture=capture,
            volume_key_arn=volume_key_arn,
            schedule_key_arn=None if batch is None else self.key.key_arn,
            is_tried=is_tried,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        CloudFormationRole(
            place,
            "CloudFormation",
            served=served,
            runs_on=model.runs_on,
            volume_key_arn=volume_key_arn,
            schedule_key_arn=None if batch is None else self.key.key_arn,
            permissions_boundary_arn=permissions_boundary_arn,
        )


def _escalation(where: str, model: HostedModel) -> Escalation:
    if model.escalation is None:
        message = (
            f"REL-045: {where}: nobody is told of alarms of model {model.name} that its owner does not acknowledge"
        )
        raise ValueError(f"{message}; give it an escalation, or leave its inputs out")
    return model.escalation
