"""Who calls a model's endpoint by hand."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, SignIn, people_of
from mlops_stages.reliable.release_statements import call_endpoint
from mlops_stages.reliable.served_model import ServedModel


class InvokerRole(Construct):
    """The role `PLATFORM-MODEL.invoke-ENVIRONMENT`, for people who see for themselves what a model answers.

    It calls the one endpoint and reads nothing: neither what others asked nor how the endpoint is made. Applications
    call under roles of their own.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        callers: Sequence[str],
        sign_in: SignIn,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            callers: e-mail addresses, at least one.
            sign_in: how they come in.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-046` without anybody; `FND-051` for a sign-in from
                another account without an organization to narrow it to.
        """
        served.check(id)
        if not callers:
            message = f"REL-046: {id}: nobody could call model {served.model}; name somebody, or leave the role out"
            raise ValueError(message)
        addresses = served.addresses
        name = addresses.model_role_name(served.model, f"invoke-{served.environment}")
        trust = people_of(
            name, addresses.platform, sign_in, sorted(set(callers)), served.perimeter, session_is_named=True
        )
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=served.team,
            name=name,
            description=f"Calls model {served.model} in {served.environment} by hand",
            trust=trust,
            statements=call_endpoint(served),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
