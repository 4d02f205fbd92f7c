"""A service control policy: the most that anyone in some accounts may do, administrators included."""

from collections.abc import Sequence

from aws_cdk import Token
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from mlops_stages.foundation import Statement, retain
from mlops_stages.repeatable.guardrails import document, size

MOST_BYTES = 5120
"""Bytes of a policy (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html)."""

MARGIN_BYTES = 256
"""What a policy leaves of that, for the next reviewer's one more statement."""

MOST_ATTACHED = 5
"""Policies of this type on one account or unit, AWS's own FullAWSAccess among them (same source)."""


class ServiceControlPolicy(Construct):
    """A policy of statements that deny, attached to organizational units and accounts; it outlives its stack.

    It allows nothing by itself: FullAWSAccess, which AWS attaches everywhere, stays in place beside it.

    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        statements: Sequence[Statement],
        targets: Sequence[str],
    ) -> None:
        """Create and attach the policy.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the policy's name, unique in the organization.
            description: what it is for.
            statements: what is denied.
            targets: ids of units and accounts, each once; never of the root, which the whole organization is under.

        Raises:
            ValueError: `REP-010` for a policy over AWS's size less a margin; `REP-011` for a statement that allows;
                `REP-012` for no target, one given twice, or the root.
        """
        content = document(statements)
        bytes_taken = size(content)
        most = MOST_BYTES - MARGIN_BYTES
        if bytes_taken > most:
            message = (
                f"REP-010: {id}: policy {name} has {bytes_taken} bytes; give it at most {most} "
                f"(Organizations takes {MOST_BYTES}): list fewer instance types, regions or exempt roles"
            )
            raise ValueError(message)
        allowing = [statement.sid for statement in statements if statement.effect != "Deny"]
        if allowing or not statements:
            message = f"REP-011: {id}: policy {name} must deny, and {', '.join(allowing) or 'nothing'} does not"
            raise ValueError(message)
        known = [target for target in targets if not Token.is_unresolved(target)]
        roots = [target for target in known if target.startswith("r-")]
        if not targets or roots or len(set(known)) < len(known):
            message = (
                f"REP-012: {id}: attach policy {name} to units and accounts, each once, not to "
                f"{', '.join(roots or known) or 'nothing'}"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        self.resource: organizations.CfnPolicy = organizations.CfnPolicy(
            self,
            "Resource",
            name=name,
            description=description,
            type="SERVICE_CONTROL_POLICY",
            content=content,
            target_ids=list(targets),
        )
        retain(self.resource)
        self.policy_id: str = self.resource.attr_id
