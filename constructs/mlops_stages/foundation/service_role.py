"""A role that one AWS service takes on, for one thing."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge_wildcards, refuse_unexplained
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement, policy_document, trust_policy


class ServiceRole(Construct):
    """A role under the permissions boundary that only `service`, acting for this account, can assume.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        service: str,
        description: str,
        permissions_boundary_arn: str,
        statements: Sequence[Statement] = (),
        trust_conditions: Mapping[str, Mapping[str, Any]] | None = None,
        service_hides_its_source: bool = False,
    ) -> None:
        """Create the role, and its policy where it has one.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account that the service must act for.
            service: principal such as `vpc-flow-logs.amazonaws.com`.
            description: what the role is for.
            permissions_boundary_arn: the most it may ever do.
            statements: what it may do.
            trust_conditions: narrows the trust further than this account.
            service_hides_its_source: the service does not say for whom it acts, so that the conditions can only be
                asked where it does.

        Raises:
            ValueError: `FND-002` for a wildcard among the resources without a reason.
        """
        refuse_unexplained(id, statements)
        super().__init__(scope, id)
        conditions = {
            **perimeter.from_this_account,
            **(trust_conditions if trust_conditions is not None else {}),
        }
        if_exists = "IfExists" if service_hides_its_source else ""
        trust = Statement(
            sid="OnlyTheServiceForThisAccount",
            principals={"Service": [service]},
            actions=["sts:AssumeRole"],
            conditions={f"{operator}{if_exists}": keys for operator, keys in conditions.items()},
        )
        policies: list[str] = []
        if statements:
            # Not inline: the compliance packs refuse that. Whatever refers to the role waits for its policy.
            policy = iam.CfnManagedPolicy(
                self, "Policy", description=description, policy_document=policy_document(statements)
            )
            acknowledge_wildcards(policy, statements)
            policies.append(policy.ref)
        role = iam.CfnRole(
            self,
            "Resource",
            description=description,
            assume_role_policy_document=trust_policy([trust]),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=policies or None,
        )
        self.role_arn: str = role.attr_arn
