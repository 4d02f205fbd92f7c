"""Everything that one team has in the tooling account."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Tags
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import Perimeter, SignIn
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.approver_role import ApproverRole, refuse_without_approvers
from mlops_stages.repeatable.artifact_store import ArtifactStore
from mlops_stages.repeatable.image_registry import ImageRegistry
from mlops_stages.repeatable.model_package_group import ModelPackageGroup
from mlops_stages.repeatable.registry_watch import RegistryWatch
from mlops_stages.repeatable.repository_role import RepositoryRole
from mlops_stages.repeatable.sharing import accounts_of, refuse_sharing_at_large, refuse_unnamed_readers
from mlops_stages.repeatable.source_repository import SourceRepository


@dataclass(frozen=True, kw_only=True)
class RegisteredModel:
    """A model in the registry.

    Attributes:
        name: the model's name.
        classification: how sensitive its data is.
        owner: e-mail address of who answers for it.
        approvers: e-mail addresses of who approves its versions.
        is_released: whether `reliable.ReleaserRole` releases them, who is told from an approver by the session's name.
        has_drift_measured: whether `reliable.ModelMonitor` compares its decisions with baselines: its role reads the
            evaluations of versions.
        is_retrained: whether it judges candidates by them, too.
    """

    name: str
    classification: DataClassification
    owner: str
    approvers: Sequence[str]
    is_released: bool = False
    has_drift_measured: bool = False
    is_retrained: bool = False

    @property
    def is_compared(self) -> bool:
        """Whether a role in production reads the evaluations of its versions."""
        return self.has_drift_measured or self.is_retrained


class TeamTooling(Construct):
    """A team's artifacts and role for CI; for each model an image repository, a group in the registry, who approves it.

    Adding a team, or a model, changes no other team.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
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
        operations_key_arn: str,
        alarm_topic_arn: str,
        models: Sequence[RegisteredModel],
        repository: SourceRepository | None,
        sign_in: SignIn,
        readers: Sequence[str] = (),
        deployers: Sequence[str] = (),
        allowed_owners: Sequence[str] | None = None,
    ) -> None:
        """Create the team's part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            team: the team's name.
            addresses: what the accounts know of each other; the platform's name is in it.
            perimeter: the tooling account and its organization.
            permissions_boundary_arn: the most that its roles may ever do.
            access_log_bucket: where S3 writes who asked for what.
            operations_key_arn: the account's key of alarms.
            alarm_topic_arn: the account's topic of alarms.
            models: the models it owns.
            repository: where its code is; `None` leaves the team without CI, so that nothing can be delivered.
            sign_in: how people come in.
            readers: ids of the accounts that run models: staging, production.
            deployers: ARNs of the roles that deploy stacks there.
            allowed_owners: owners whose repositories may act here at all; `None` for any.

        Raises:
            ValueError: `REP-030` to `REP-032` for a repository that would let others in, `REP-036` for a model that
                nobody could approve, `REP-037` for accounts that share without an organization to narrow it to,
                `REP-038` for readers that the addresses name neither staging nor production.
        """
        refuse_sharing_at_large(id, perimeter, accounts_of(addresses, readers))
        refuse_unnamed_readers(id, addresses, readers)
        if repository is not None:
            repository.check(id, allowed_owners)
        for model in models:
            refuse_without_approvers(id, model.name, model.approvers)
        super().__init__(scope, id)
        self.artifacts = ArtifactStore(
            self,
            "Artifacts",
            perimeter=perimeter,
            addresses=addresses,
            team=team,
            models=[model.name for model in models],
            readers=readers,
            access_log_bucket=access_log_bucket,
            compared=[model.name for model in models if model.is_compared],
        )
        if models:
            most_sensitive = max(model.classification for model in models)
            Tags.of(self.artifacts).add("data-classification", most_sensitive.value)
        self.images: dict[str, ImageRegistry] = {}
        self.groups: dict[str, ModelPackageGroup] = {}
        self.approve: dict[str, ApproverRole] = {}
        for model in models:
            place = self._register(model, team, perimeter, addresses, readers, deployers)
            RegistryWatch(
                place,
                "Watch",
                perimeter=perimeter,
                addresses=addresses,
                team=team,
                model=model.name,
                owner=model.owner,
                key_arn=operations_key_arn,
                account_topic_arn=alarm_topic_arn,
            )
            self.approve[model.name] = ApproverRole(
                place,
                "Approve",
                perimeter=perimeter,
                addresses=addresses,
                team=team,
                model=model.name,
                approvers=model.approvers,
                sign_in=sign_in,
                artifacts=self.artifacts,
                permissions_boundary_arn=permissions_boundary_arn,
                session_is_named=model.is_released,
            )
        self.ci = (
            RepositoryRole(
                self,
                "Ci",
                perimeter=perimeter,
                addresses=addresses,
                team=team,
                repository=repository,
                artifacts=self.artifacts,
                permissions_boundary_arn=permissions_boundary_arn,
                allowed_owners=allowed_owners,
            )
            if repository is not None
            else None
        )

    def _register(
        self,
        model: RegisteredModel,
        team: str,
        perimeter: Perimeter,
        addresses: Addresses,
        readers: Sequence[str],
        deployers: Sequence[str],
    ) -> Construct:
        place = Construct(self, model.name)
        Tags.of(place).add("model", model.name)
        Tags.of(place).add("data-classification", model.classification.value)
        self.images[model.name] = ImageRegistry(
            place,
            "Images",
            perimeter=perimeter,
            addresses=addresses,
            team=team,
            model=model.name,
            key=self.artifacts.key,
            readers=readers,
        )
        self.groups[model.name] = ModelPackageGroup(
            place,
            "Group",
            perimeter=perimeter,
            addresses=addresses,
            team=team,
            model=model.name,
            owner=model.owner,
            readers=readers,
            deployers=deployers,
            is_released=model.is_released,
            is_compared=model.is_compared,
            is_retrained=model.is_retrained,
        )
        return place
