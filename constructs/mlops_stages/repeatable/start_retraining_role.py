"""What a model's retraining becomes in the development account."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Perimeter, trust_in_role
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.pipeline_statements import start_retraining


class StartRetrainingRole(Construct):
    """The role `start-retraining` of a model, which only the function of its retraining can take on.

    It starts the model's pipeline and sees how that ends, and reads which versions of datasets there are. It reads no
    row, registers nothing and decides about no version.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_cross-account-with-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        team: str,
        model: str,
        classifications: Sequence[DataClassification],
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the development account and its organization.
            addresses: the platform's names.
            team: whose model it is.
            model: the model's name.
            classifications: of the team's data, those that the model may read.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REP-087` for a tooling account in no organization to narrow it to.
        """
        if addresses.tooling != perimeter.account and perimeter.organization_id is None:
            message = (
                f"REP-087: {id}: the retraining of model {model} comes from account {addresses.tooling}; "
                "give the organization's id, so that the trust can be narrowed to it"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        role = addresses.start_retraining_role(team, model)
        made = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=team,
            name=role.rpartition("/")[2],
            description=f"Starts the pipeline of model {model} for its retraining",
            trust=[trust_in_role("OnlyTheModelsRetraining", addresses.retrain_role(team, model), perimeter)],
            statements=start_retraining(addresses, team, model, classifications),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = made.role_arn
