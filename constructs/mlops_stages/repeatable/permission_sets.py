"""How people of Identity Center come into the accounts: a door for each persona, which opens onto their duties."""

from collections.abc import Mapping

from aws_cdk import aws_sso as sso
from constructs import Construct

from mlops_stages.foundation import Statement, retain
from mlops_stages.foundation.acknowledge import refuse_unexplained
from mlops_stages.foundation.statement import policy_document
from mlops_stages.platform import Persona, Purpose

LONGEST_NAME = 32
"""Characters of a permission set's name.

Source: https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
"""

LONGEST_SESSION_HOURS = 12
"""Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html"""

PRIMARY_EMAIL = "${path:emails[primary eq true].value}"
"""Where Identity Center keeps the address of a person.

Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/attributemappingsconcept.html
"""

_OF_MODELS = (Purpose.EXPERIMENTATION, Purpose.TOOLING, Purpose.STAGING, Purpose.PRODUCTION)
"""Whoever is in a team may own a model or be one of its approvers: they approve and release its versions in the tooling
account, and call its endpoints where it serves."""

WHERE: Mapping[Persona, tuple[Purpose, ...]] = {
    Persona.DATA_SCIENTIST: (*_OF_MODELS, Purpose.DEVELOPMENT),
    Persona.LEAD_DATA_SCIENTIST: (*_OF_MODELS, Purpose.DEVELOPMENT),
    Persona.DATA_ENGINEER: (*_OF_MODELS, Purpose.DATA),
    Persona.ML_ENGINEER: (*_OF_MODELS, Purpose.DEVELOPMENT),
    Persona.PLATFORM_ENGINEER: tuple(Purpose),
    Persona.BUSINESS_OWNER: _OF_MODELS,
    Persona.AUDITOR: tuple(Purpose),
}
"""The purposes of the accounts in which a persona may have a role to take on."""


class PermissionSets(Construct):
    """One permission set a persona, assigned to the persona's group in each account where it has a role.

    A permission set grants nothing but taking on a role of the platform, and the role's trust decides who may: it
    compares the address that Identity Center passes as the tag `email`. Studio needs nothing here: Identity Center
    opens it by itself for those whom the domain knows.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        partition: str,
        instance_arn: str,
        accounts: Mapping[Purpose, str],
        groups: Mapping[Persona, str] | None = None,
        session_hours: int = 8,
        email_source: str = PRIMARY_EMAIL,
    ) -> None:
        """Create the permission sets, their assignments, and the attribute that carries the address.

        Args:
            scope: the parent, in the management account or where Identity Center is delegated to, and in its region.
            id: the construct's id in it.
            platform: the organization's name, which starts the names of permission sets, as trust expects.
            partition: the part of AWS, such as `aws`.
            instance_arn: the organization's instance of Identity Center.
            accounts: the platform's accounts, by purpose; several purposes may share one.
            groups: the id of each persona's group in Identity Center; a persona without one is assigned nowhere.
            session_hours: hours until people sign in again, 1 to 12.
            email_source: where the directory keeps the address, as Identity Center writes it.

        Raises:
            ValueError: `REP-014` for other hours; `REP-015` for a name over Identity Center's length; `REP-016`
                without an account.
        """
        if not 1 <= session_hours <= LONGEST_SESSION_HOURS:
            message = f"REP-014: {id}: sessions of {session_hours} hours; give 1 to {LONGEST_SESSION_HOURS}"
            raise ValueError(message)
        names = {persona: f"{platform}-{persona.replace('_', '-')}" for persona in Persona}
        longest = max(names.values(), key=len)
        if len(longest) > LONGEST_NAME:
            message = f"REP-015: {id}: {longest} has more than {LONGEST_NAME} characters; shorten the platform's name"
            raise ValueError(message)
        if not accounts:
            message = f"REP-016: {id}: name at least one account"
            raise ValueError(message)
        statements = {persona: _taking_on(persona, platform, partition, accounts) for persona in Persona}
        refuse_unexplained(id, statements.values())
        super().__init__(scope, id)
        attributes = sso.CfnInstanceAccessControlAttributeConfiguration(
            self,
            "Attributes",
            instance_arn=instance_arn,
            access_control_attributes=[
                sso.CfnInstanceAccessControlAttributeConfiguration.AccessControlAttributeProperty(
                    key="email",
                    value=sso.CfnInstanceAccessControlAttributeConfiguration.AccessControlAttributeValueProperty(
                        source=[email_source]
                    ),
                )
            ],
        )
        # The instance's, not ours: without it, the whole organization's people would lose their attributes.
        retain(attributes)
        self.permission_set_arns: dict[Persona, str] = {}
        """The ARN of each persona's permission set."""
        for persona, name in names.items():
            made = sso.CfnPermissionSet(
                self,
                _words(persona),
                name=name,
                instance_arn=instance_arn,
                description=f"{platform}: a {persona.replace('_', ' ')} takes on a role of the platform, nothing else",
                session_duration=f"PT{session_hours}H",
                inline_policy=policy_document([statements[persona]]),
            )
            self.permission_set_arns[persona] = made.attr_permission_set_arn
            if groups is not None and persona in groups:
                self._assign(persona, groups[persona], instance_arn, _accounts_of(persona, accounts))

    def _assign(self, persona: Persona, group: str, instance_arn: str, accounts: list[str]) -> None:
        for account in accounts:
            sso.CfnAssignment(
                self,
                f"{_words(persona)}In{account}",
                instance_arn=instance_arn,
                permission_set_arn=self.permission_set_arns[persona],
                principal_type="GROUP",
                principal_id=group,
                target_type="AWS_ACCOUNT",
                target_id=account,
            )


def _taking_on(persona: Persona, platform: str, partition: str, accounts: Mapping[Purpose, str]) -> Statement:
    # Where a persona has no role of its own, any account serves: no trust lets it in.
    homes = _accounts_of(persona, accounts) or sorted(set(accounts.values()))
    return Statement(
        sid="TakeOnOnesRolesOfThePlatform",
        actions=["sts:AssumeRole"],
        resources=[f"arn:{partition}:iam::{account}:role/{platform}/*/{platform}-*" for account in homes],
        conditions={"Null": {"aws:PrincipalTag/email": "false"}},
        why="any team's roles: the trust of each names the people, by the address that Identity Center passes",
    )


def _accounts_of(persona: Persona, accounts: Mapping[Purpose, str]) -> list[str]:
    """The accounts where a persona has a role, each once."""
    return sorted({accounts[purpose] for purpose in WHERE[persona] if purpose in accounts})


def _words(persona: Persona) -> str:
    return persona.replace("_", " ").title().replace(" ", "")
