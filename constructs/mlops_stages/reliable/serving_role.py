"""The role under which SageMaker serves one model."""

from constructs import Construct

from mlops_stages.foundation import DutyRole, Statement, actions_of
from mlops_stages.reliable.capture_store import Capture
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.reliable.serving_statements import (
    capture_decisions,
    equip_instances,
    fetch_model,
    serve_endpoint,
    transform,
    trust_in_hosting,
)
from mlops_stages.serving.batch import Batch


class ServingRole(Construct):
    """A role for SageMaker alone, named `PLATFORM-MODEL.serve-ENVIRONMENT`, for one model's endpoint or transform.

    It pulls the model's images, reads the model's artefacts and writes what is captured and logged. For an endpoint, it
    looks at the alarms that decide on a rollback; for a transform, it reads what is to be scored and writes answers. It
    reads no captured decision, calls no endpoint and changes nothing.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        capture: Capture | None,
        volume_key_arn: str | None,
        permissions_boundary_arn: str,
        batch: Batch | None = None,
        is_tried: bool = False,
    ) -> None:
        """Create the role and its policies.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            capture: where its decisions are captured; None where none are.
            volume_key_arn: the key of the instances' volumes; None for a serverless endpoint, which has none.
            permissions_boundary_arn: the most it may ever do.
            batch: what a `ModelTransform` scores; None for an endpoint.
            is_tried: whether versions are tested here, as in staging: then a batch's jobs score what tests put there.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-039` and `REL-040` for a batch that cannot be;
                `FND-080` and `FND-081` for a name or a policy over IAM's limits.
        """
        served.check(id)
        if batch is not None:
            batch.check(id)
        equipment = equip_instances(served, volume_key_arn)
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=served.addresses.platform,
            team=served.team,
            name=served.role_name,
            description=f"Serves model {served.model} in {served.environment}",
            trust=[trust_in_hosting(served)],
            statements=[
                *fetch_model(served),
                *_work(served, batch, is_tried=is_tried),
                *capture_decisions(served, capture),
            ],
            further={"Instances": equipment} if equipment else {},
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn


def serving_actions(
    served: ServedModel,
    *,
    capture: Capture | None = None,
    volume_key_arn: str | None = None,
    batch: Batch | None = None,
) -> tuple[str, ...]:
    """What the role does: the least that a boundary over it must allow, and that its network's endpoints must pass."""
    return actions_of(
        [
            *fetch_model(served),
            *_work(served, batch, is_tried=True),
            *capture_decisions(served, capture),
            *equip_instances(served, volume_key_arn),
        ]
    )


def _work(served: ServedModel, batch: Batch | None, *, is_tried: bool) -> tuple[Statement, ...]:
    return serve_endpoint(served) if batch is None else transform(served, batch, is_tried=is_tried)
