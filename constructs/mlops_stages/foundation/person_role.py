"""The one role of a person in a team: in Studio, at the console and at the command line."""

from collections.abc import Sequence

from aws_cdk import CfnTag
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.persona_policies import CAPABILITIES, policy_name, works_in_studio
from mlops_stages.foundation.sign_in import (
    SignIn,
    trust_in_people,
    trust_in_people_of_identity_center,
    trust_in_sagemaker,
)
from mlops_stages.foundation.statement import trust_policy
from mlops_stages.platform import Persona

LONGEST_NAME = 64
"""Characters of a role's name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
WORKING_DAY_SECONDS = 8 * 3600


class PersonRole(iam.CfnRole):
    """A role named for a team and a person, under the permissions boundary, with the policies of one persona.

    SageMaker assumes it for the person's Studio profile and jobs; the person assumes it by the platform's sign-in. Its
    tags `team` and `person` are what the policies narrow by, and the audit trail shows whose role acted.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        person: str,
        email: str,
        persona: Persona,
        sign_in: SignIn,
        perimeter: Perimeter,
        permissions_boundary_arn: str,
        policy_arns: Sequence[str] = (),
    ) -> None:
        """Create the role.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: the person's team.
            person: short name of the person, unique in the team.
            email: address of the person, as the sign-in knows it.
            persona: decides the policies.
            sign_in: how the person comes to the role.
            perimeter: the account, and what narrows a sign-in from another one.
            permissions_boundary_arn: the most that the role may ever do.
            policy_arns: further managed policies, such as those for the team's data.

        Raises:
            ValueError: `FND-050` for a name over IAM's length; `FND-051` for a sign-in from another account without an
                organization to narrow it to.
        """
        name = f"{platform}-{team}-{person}"
        if len(name) > LONGEST_NAME:
            message = f"FND-050: role {name} is longer than {LONGEST_NAME} characters; shorten the team's name"
            raise ValueError(message)
        trust = [trust_in_sagemaker(perimeter)] if works_in_studio(persona) else []
        trust += trust_in_people(name, sign_in, [email], perimeter)
        if not trust:  # Identity Center opens Studio; whoever does not work there comes by a permission set
            trust = [trust_in_people_of_identity_center(platform, [email], perimeter)]
        own = [perimeter.global_arn("iam", f"policy/{policy_name(platform, c)}") for c in CAPABILITIES[persona]]
        super().__init__(
            scope,
            id,
            role_name=name,
            path=f"/{platform}/{team}/",
            description=f"{email}: {persona.replace('_', ' ')} of {team}",
            assume_role_policy_document=trust_policy(trust),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=[*own, *policy_arns],
            max_session_duration=WORKING_DAY_SECONDS,
            tags=[
                CfnTag(key="person", value=person),
                CfnTag(key="persona", value=persona.value),
                CfnTag(key="team", value=team),
            ],
        )
