"""Everything that one team has in the development account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Network, Perimeter, RetainedBucket, SignIn, StandardTags
from mlops_stages.pipeline_definition import (
    DefinitionError,
    Injected,
    PipelineDefinition,
    PipelineErrors,
    QualityBound,
    bytes_in_template,
    injected_for,
    room,
)
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.deliver_role import DeliverRole
from mlops_stages.repeatable.development_account import refuse_elsewhere
from mlops_stages.repeatable.pipeline_role import PipelineRole
from mlops_stages.repeatable.pipeline_statements import PipelineWork
from mlops_stages.repeatable.start_retraining_role import StartRetrainingRole
from mlops_stages.repeatable.trainer_role import TrainerRole
from mlops_stages.repeatable.training_pipeline import TrainingPipeline

_KEY_NOT_MADE_YET = "a-key"


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A model, and the pipeline that makes it.

    Attributes:
        name: the model's name, unique in the platform.
        classification: how sensitive its data is; its pipeline reads no more sensitive data.
        definition: what its team compiled; without one, it has no pipeline and no role yet.
        quality: the bound that its owner promises: the least that the definition's gate may ask for.
        is_retrained: whether its pipeline scores requests of production, on which candidates are judged, and a function
            of the tooling account may start it.
    """

    name: str
    classification: DataClassification
    definition: PipelineDefinition | None = None
    quality: QualityBound | None = None
    is_retrained: bool = False


class TeamDevelopment(Construct):
    """A team's pipelines, a role for each, the bucket between their steps, and the duties `train` and `deliver`.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        team: str,
        addresses: Addresses,
        perimeter: Perimeter,
        permissions_boundary_arn: str,
        access_log_bucket: s3.IBucket,
        network: Network,
        models: Sequence[TrainedModel],
        classifications: Sequence[DataClassification],
        instance_types: Sequence[str],
        trainers: Sequence[str],
        sign_in: SignIn,
        tags: StandardTags,
    ) -> None:
        """Create the team's part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            team: the team's name.
            addresses: the platform's names.
            perimeter: the development account and its organization.
            permissions_boundary_arn: the most that the roles may ever do.
            access_log_bucket: where S3 writes who asked for what.
            network: where jobs run.
            models: the team's models.
            classifications: those that the team has data of.
            instance_types: what jobs may run on.
            trainers: e-mail addresses of those who train; without any there is no such role.
            sign_in: how they come in.
            tags: of the team; its jobs get them, and the model's own, by the definitions.

        Raises:
            ValueError: `REP-083`, `REP-084`; `REP-085` for definitions that are too long together, or two models of
                one name.
            PipelineErrors: `PIP-040` to `PIP-060`, a ValueError too: what a definition states otherwise.
        """
        refuse_elsewhere(id, addresses, perimeter)
        _refuse_duplicates(id, models)
        parts = {
            model.name: PipelineWork(
                addresses=addresses,
                team=team,
                model=model.name,
                classifications=sorted({each for each in classifications if each <= model.classification}),
                perimeter=perimeter,
                network=network,
                instance_types=instance_types,
                key_arn=_KEY_NOT_MADE_YET,
                is_retrained=model.is_retrained,
            )
            for model in models
        }
        _refuse_too_much(id, _definitions(models, parts, tags))
        super().__init__(scope, id)
        alias = addresses.pipelines_key_alias(team)
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=alias.removeprefix("alias/"),
            description=f"What passes the steps of the pipelines of team {team}, and the volumes of their jobs",
            via=["s3", "sagemaker", "ec2"],
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            name=addresses.pipelines_bucket(team),
            key_names=[addresses.key_alias_arn(perimeter.account, alias)],
        )
        self.pipelines: Mapping[str, TrainingPipeline] = {
            model.name: _TrainedModel(
                self,
                model.name,
                model=model,
                definition=model.definition,
                tags=_tags_of(model, tags),
                work=replace(parts[model.name], key_arn=self.key.key_arn),
                permissions_boundary_arn=permissions_boundary_arn,
            ).pipeline
            for model in models
            if model.definition is not None
        }
        """The pipelines by model."""
        DeliverRole(
            self,
            "Deliver",
            perimeter=perimeter,
            addresses=addresses,
            team=team,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        if trainers:
            TrainerRole(
                self,
                "Train",
                perimeter=perimeter,
                addresses=addresses,
                team=team,
                trainers=trainers,
                sign_in=sign_in,
                permissions_boundary_arn=permissions_boundary_arn,
            )


class _TrainedModel(Construct):
    """One model's pipeline under its role, with the model's tags."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: TrainedModel,
        definition: PipelineDefinition,
        tags: StandardTags,
        work: PipelineWork,
        permissions_boundary_arn: str,
    ) -> None:
        super().__init__(scope, id)
        tags.apply(self)
        role = PipelineRole(self, "Role", work=work, permissions_boundary_arn=permissions_boundary_arn)
        self.pipeline = TrainingPipeline(
            self,
            "Pipeline",
            name=work.addresses.pipeline_name(work.team, work.model),
            definition=definition,
            injected=_injected(model, work, tags),
            role=role,
        )
        if model.is_retrained:
            StartRetrainingRole(
                self,
                "Retraining",
                perimeter=work.perimeter,
                addresses=work.addresses,
                team=work.team,
                model=model.name,
                classifications=work.classifications,
                permissions_boundary_arn=permissions_boundary_arn,
            )


def _injected(model: TrainedModel, work: PipelineWork, tags: StandardTags) -> Injected:
    return injected_for(
        work.addresses,
        team=work.team,
        model=model.name,
        classification=model.classification,
        classifications=work.classifications,
        subnets=work.network.subnet_ids,
        security_group_ids=[work.network.workload_security_group_id],
        pipelines_key=work.key_arn,
        instance_types=work.instance_types,
        tags={
            **tags.extra,
            "team": tags.team,
            "model": tags.model,
            "stage": tags.stage,
            "cost-center": tags.cost_center,
            "data-classification": tags.data_classification,
        },
        quality=model.quality,
    )


def _tags_of(model: TrainedModel, tags: StandardTags) -> StandardTags:
    return replace(tags, model=model.name, data_classification=model.classification.value)


def _definitions(
    models: Sequence[TrainedModel], parts: Mapping[str, PipelineWork], tags: StandardTags
) -> Sequence[str]:
    """The definitions as they are deployed; what any of them states otherwise is refused before anything is made."""
    errors: list[DefinitionError] = []
    bodies: list[str] = []
    for model in models:
        if model.definition is not None:
            try:
                bodies.append(model.definition.filled(_injected(model, parts[model.name], _tags_of(model, tags))))
            except PipelineErrors as found:
                errors += found.errors
    if errors:
        raise PipelineErrors(errors)
    return bodies


def _refuse_duplicates(id: str, models: Sequence[TrainedModel]) -> None:
    names = [model.name for model in models]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"REP-085: {id}: duplicate model name: {', '.join(repeated)}; rename one"
        raise ValueError(message)


def _refuse_too_much(id: str, bodies: Sequence[str]) -> None:
    size, most = sum(map(bytes_in_template, bodies)), room(len(bodies))
    if size > most:
        message = (
            f"REP-085: {id}: the definitions take {size:,} bytes of the template, which has room for {most:,}; "
            "move long arguments into files that the steps read from S3, or give a model to another team"
        )
        raise ValueError(message)
