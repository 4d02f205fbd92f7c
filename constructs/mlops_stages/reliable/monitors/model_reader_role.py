"""Who sees whether a model is still right, and acknowledges its alarms."""

from collections.abc import Sequence

from constructs import Construct

from mlops_stages.foundation import DutyRole, SignIn, people_of
from mlops_stages.reliable.monitors.statements import judge_earlier_days, see_model
from mlops_stages.reliable.notices.statements import acknowledge_alarms
from mlops_stages.reliable.served_model import ServedModel


class ModelReaderRole(Construct):
    """The role `PLATFORM-MODEL.see-ENVIRONMENT`, for the model's owner, its approvers, and those who are told next.

    It reads what the monitors found, how much was captured, and what alarms say; no decision, no label. It writes that
    somebody takes care of an alarm, under that person's name, has the monitors run earlier days, and changes nothing
    else.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        readers: Sequence[str],
        bucket_name: str,
        data_key_arn: str,
        sign_in: SignIn,
        permissions_boundary_arn: str,
        has_monitors: bool = True,
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: the model, and where it serves.
            readers: e-mail addresses, at least one.
            bucket_name: of the store of decisions, which holds what the monitors found.
            data_key_arn: of that store's key.
            sign_in: how they come in.
            permissions_boundary_arn: the most it may ever do.
            has_monitors: false for a model without labels, which nothing judges.

        Raises:
            ValueError: `REL-032` for a name out of its bounds; `REL-047` without anybody; `FND-051` for a sign-in from
                another account without an organization to narrow it to.
        """
        served.check(id)
        if not readers:
            message = f"REL-047: {id}: nobody could see model {served.model}; name somebody, or leave the role out"
            raise ValueError(message)
        addresses = served.addresses
        name = addresses.model_role_name(served.model, addresses.see_duty(served.environment))
        trust = people_of(
            name, addresses.platform, sign_in, sorted(set(readers)), served.perimeter, session_is_named=True
        )
        super().__init__(scope, id)
        role = DutyRole(
            self,
            "Role",
            platform=addresses.platform,
            team=served.team,
            name=name,
            description=f"Sees what the monitors of model {served.model} found in {served.environment}",
            trust=trust,
            statements=[
                *see_model(served, bucket_name, data_key_arn),
                *acknowledge_alarms(served, bucket_name, data_key_arn),
                *(judge_earlier_days(served) if has_monitors else ()),
            ],
            permissions_boundary_arn=permissions_boundary_arn,
        )
        self.role_arn: str = role.role_arn
