"""Who queries what a model decided."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, SignIn, people_of
from mlops_stages.reliable.queries.statements import query_decisions
from mlops_stages.reliable.served_model import ServedModel


class AnalystRole(Construct):
    """The role `PLATFORM-MODEL.query-ENVIRONMENT`, for those whom the model names as its analysts.

    It reads decisions, labels and figures of one model by queries in the model's workgroup, and writes nothing: no
    table, no object, no saved query. S3 itself answers it only what Athena asks for it.

    Source: https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        analysts: Sequence[str],
        bucket_name: str,
        data_key_arn: str,
        sign_in: SignIn,
        permissions_boundary_arn: str,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            analysts: e-mail addresses, at least one.
            bucket_name: of the store of decisions.
            data_key_arn: of that store's key.
            sign_in: how they come in.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-051` without anybody; `FND-051` for a sign-in from
                another account without an organization to narrow it to.
        """
        served.check(id)
        if not analysts:
            message = f"REL-051: {id}: nobody could query model {served.model}; name somebody, or leave the role out"
            raise ValueError(message)
        addresses = served.addresses
        name = addresses.model_role_name(served.model, addresses.query_duty(served.environment))
        trust = people_of(
            name, addresses.platform, sign_in, sorted(set(analysts)), served.perimeter, session_is_named=True
        )
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=served.team,
            name=name,
            description=f"Queries what model {served.model} decided in {served.environment}",
            trust=trust,
            statements=query_decisions(served, bucket_name, data_key_arn),
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
