"""A role for one duty in a team: for several people, for CI, or for the team's jobs."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnTag
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge_wildcards, refuse_unexplained
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.sign_in import (
    IdentityCenterSignIn,
    SamlSignIn,
    SignIn,
    trust_in_people,
    trust_in_people_of_identity_center,
)
from mlops_stages.foundation.statement import (
    Statement,
    checked_policy,
    policy_document,
    trust_policy,
)

LONGEST_NAME = 64
"""Characters of a role's name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


class DutyRole(Construct):
    """A role under the permissions boundary with a name that other accounts know, and a managed policy or several.

    Named `PLATFORM-TEAM.DUTY` (`Addresses.duty_role_name`) under the path `/PLATFORM/TEAM/`, by which policies in other
    accounts tell whose it is. A session lasts an hour at most, unless said otherwise.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        name: str,
        description: str,
        trust: Sequence[Statement],
        statements: Sequence[Statement],
        permissions_boundary_arn: str,
        further: Mapping[str, Sequence[Statement]] | None = None,
        session_hours: int = 1,
    ) -> None:
        """Create the role and its policies.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: whose duty it is.
            name: the role's name.
            description: what the role is for.
            trust: who may take it on; `people_of` for people.
            statements: what it may do; all in one managed policy.
            permissions_boundary_arn: the most it may ever do.
            further: what else it may do, where one policy would be too long; each in a policy of its own, by id.
            session_hours: the longest session, 1 to 12 hours.

        Raises:
            ValueError: `FND-002` for a wildcard among the resources without a reason; `FND-080` for a name over IAM's
                length or a role that nobody may take on; `FND-081` for a policy over IAM's size.
        """
        portions = {"Policy": statements, **(further if further is not None else {})}
        for each in portions.values():
            refuse_unexplained(id, each)
        if len(name) > LONGEST_NAME or not trust:
            message = f"FND-080: {id}: give role {name} at most {LONGEST_NAME} characters and somebody it trusts"
            raise ValueError(message)
        for each in portions.values():
            checked_policy(each, f"FND-081: {id}: a policy of {name} is larger than IAM takes; name fewer resources")
        super().__init__(scope, id)
        policies = [self._policy(subject, description, each) for subject, each in portions.items()]
        role = iam.CfnRole(
            self,
            "Resource",
            role_name=name,
            path=f"/{platform}/{team}/",
            description=description,
            assume_role_policy_document=trust_policy(trust),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=policies,
            max_session_duration=session_hours * 3600,
            tags=[CfnTag(key="team", value=team)],
        )
        self.role_arn: str = role.attr_arn
        self.resource: iam.CfnRole = role
        """What must exist, policies included, before a service uses the role: depend on it."""

    def _policy(self, subject: str, description: str, statements: Sequence[Statement]) -> str:
        # Not inline: the compliance packs refuse that. Whatever refers to the role waits for its policies.
        policy = iam.CfnManagedPolicy(
            self, subject, description=description, policy_document=policy_document(statements)
        )
        acknowledge_wildcards(policy, statements)
        return policy.ref


def people_of(
    name: str,
    platform: str,
    sign_in: SignIn,
    emails: Sequence[str],
    perimeter: Perimeter,
    *,
    session_is_named: bool = False,
) -> list[Statement]:
    """The trust in people who take on a duty in any account, by the platform's sign-in.

    A SAML provider of the same name must exist in each account. From Identity Center, they come by the platform's
    permission sets. Where the session is named, it bears the person's address, so that what reads a call knows who.

    Raises:
        ValueError: `FND-051` for a sign-in from another account without an organization to narrow it to.
    """
    match sign_in:
        case IdentityCenterSignIn():
            return [trust_in_people_of_identity_center(platform, emails, perimeter, session_is_named=session_is_named)]
        case SamlSignIn():
            parts = sign_in.provider_arn.split(":")
            parts[4] = perimeter.account
            return trust_in_people(name, SamlSignIn(provider_arn=":".join(parts)), emails, perimeter)
        case _:
            return trust_in_people(name, sign_in, emails, perimeter, session_is_named=session_is_named)
