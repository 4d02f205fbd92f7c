"""The two roles of a model's releases in an account that serves: who asks for one, and who makes it."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, Statement, actions_of, trust_in_role
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.release_statements import (
    call_endpoint,
    make_endpoint,
    make_model,
    make_transform,
    read_decisions,
    shift_by_change_sets,
    try_batch,
    verify_endpoint,
    verify_schedule,
)
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.serving.batch import Batch
from mlops_stages.serving.capacity import Instances, Serverless


class DeployRole(Construct):
    """The role `PLATFORM-MODEL.deploy-ENVIRONMENT`, which the model's promotion alone takes on.

    It proposes and executes changes of the model's one stack, which CloudFormation makes under `CloudFormationRole` and
    no other, and verifies what came of them. Where versions are tried, it calls the endpoint, or scores records by a
    job; where they serve, it reads that endpoint's captured decisions. It makes nothing itself.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_cross-account-with-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        runs_on: Instances | Serverless | Batch,
        capture: Capture | None,
        volume_key_arn: str | None,
        schedule_key_arn: str | None = None,
        is_tried: bool,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            runs_on: what its endpoint runs on, or what its transform scores.
            capture: where its decisions are captured; None where none are.
            volume_key_arn: the key of the instances' volumes; None where there is none.
            schedule_key_arn: the key that a transform's schedule is under.
            is_tried: whether versions are tested here, as in staging, or serve, as in production.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-043` for a transform without a key for its
                schedule, or such a key for an endpoint; `REL-042` for a promotion in another account without an
                organization to narrow it to; `FND-081` for a policy over IAM's size.
        """
        served.check(id)
        _refuse_a_key_alone(id, runs_on, schedule_key_arn)
        addresses, perimeter = served.addresses, served.perimeter
        if addresses.tooling != perimeter.account and perimeter.organization_id is None:
            message = (
                f"REL-042: {id}: the promotion of model {served.model} comes from account {addresses.tooling}; "
                "give the organization's id, so that the trust can be narrowed to it"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        promotion = addresses.promote_role(served.team, served.model)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=served.team,
            name=addresses.deploy_role_name(served.model, served.environment),
            description=f"Releases model {served.model} in {served.environment} for its promotion",
            trust=[trust_in_role("OnlyTheModelsPromotion", promotion, perimeter)],
            statements=_deploy(served, runs_on, capture, volume_key_arn, schedule_key_arn, is_tried=is_tried),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


class CloudFormationRole(Construct):
    """The role `PLATFORM-MODEL.cloudformation-ENVIRONMENT`, under which CloudFormation makes what a release takes.

    Models of the registry's versions, isolated and in the network; configurations on the declared instances; the
    endpoint, its alarms and its scaling, or the schedule: each by this model's names alone. It deletes what a release
    that failed has made, and no role, key, log or bucket.

    Whether CloudFormation says for which account it acts when it takes on the role of a stack, AWS does not say: the
    condition is asked where it does. Nobody of another account can pass this role.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        runs_on: Instances | Serverless | Batch,
        volume_key_arn: str | None,
        schedule_key_arn: str | None = None,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            runs_on: what its endpoint runs on, or what its transform scores.
            volume_key_arn: the key of the instances' volumes; None where there is none.
            schedule_key_arn: the key that a transform's schedule is under.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-043` for a transform without a key for its
                schedule, or such a key for an endpoint; `FND-081` for a policy over IAM's size.
        """
        served.check(id)
        _refuse_a_key_alone(id, runs_on, schedule_key_arn)
        super().__init__(scope, id)
        addresses, perimeter = served.addresses, served.perimeter
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=served.team,
            name=addresses.cloudformation_role_name(served.model, served.environment),
            description=f"What a release of model {served.model} in {served.environment} takes",
            trust=[
                Statement(
                    sid="CloudFormationForThisAccount",
                    principals={"Service": ["cloudformation.amazonaws.com"]},
                    actions=["sts:AssumeRole"],
                    conditions={"StringEqualsIfExists": perimeter.from_this_account["StringEquals"]},
                )
            ],
            statements=make_model(served),
            further={"Serving": _make(served, runs_on, volume_key_arn, schedule_key_arn)},
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


def _refuse_a_key_alone(id: str, runs_on: Instances | Serverless | Batch, schedule_key_arn: str | None) -> None:
    if isinstance(runs_on, Batch) != (schedule_key_arn is not None):
        message = f"REL-043: {id}: give schedule_key_arn with a Batch, and with nothing else"
        raise ValueError(message)


def release_actions(served: ServedModel, *, runs_on: Sequence[Instances | Serverless | Batch]) -> tuple[str, ...]:
    """What the two roles do, in any environment: the least that a boundary over them must allow."""
    anywhere = Capture(bucket_arn="", destination="", key_arn="")
    key = "a-key"
    return actions_of(
        [
            *make_model(served),
            *(
                statement
                for each in runs_on
                for is_tried in (True, False)
                for statement in (
                    *_deploy(served, each, anywhere, key, key, is_tried=is_tried),
                    *_make(served, each, key, key),
                )
            ),
        ]
    )


def _deploy(
    served: ServedModel,
    runs_on: Instances | Serverless | Batch,
    capture: Capture | None,
    volume_key_arn: str | None,
    schedule_key_arn: str | None,
    *,
    is_tried: bool,
) -> tuple[Statement, ...]:
    change = shift_by_change_sets(served)
    if isinstance(runs_on, Batch):
        verify = () if schedule_key_arn is None else verify_schedule(served, schedule_key_arn)
        return (*change, *verify, *(try_batch(served, runs_on, volume_key_arn) if is_tried else ()))
    if is_tried:
        return (*change, *verify_endpoint(served), *call_endpoint(served))
    return (*change, *verify_endpoint(served), *(() if capture is None else read_decisions(served, capture)))


def _make(
    served: ServedModel,
    runs_on: Instances | Serverless | Batch,
    volume_key_arn: str | None,
    schedule_key_arn: str | None,
) -> tuple[Statement, ...]:
    if not isinstance(runs_on, Batch):
        return make_endpoint(served, runs_on, volume_key_arn)
    return make_transform(served, schedule_key_arn) if schedule_key_arn is not None else ()
