"""The most that any role of an account may ever do."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation.acknowledge import acknowledge_wildcards
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement, checked_policy

# These services answer from one region for the whole account, so a request to them does not name the home region.
GLOBAL_SERVICES = frozenset({"budgets", "ce", "iam", "sts"})
# The console lists the buckets of all regions at once, through an endpoint of another region.
GLOBAL_ACTIONS = frozenset({"s3:ListAllMyBuckets"})
# The events of IAM, STS and the sign-in are kept in one region of each partition:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
EVENTS_OF_GLOBAL_SERVICES = frozenset({"cloudtrail:LookupEvents"})
REGION_OF_GLOBAL_EVENTS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
LIMITS_REASON = "A boundary grants nothing: it limits what other policies grant, on whatever resource they name."


class PermissionsBoundary(Construct):
    """A boundary of exactly the actions that the account's roles use, in the account's own region.

    A role that is given more by mistake, or gives itself more, still cannot do more. Actions are written out: what
    isn't named is refused, and a service that AWS adds tomorrow is refused too.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def __init__(self, scope: Construct, id: str, *, perimeter: Perimeter, name: str, actions: Sequence[str]) -> None:
        """Create the boundary.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the account and its home region.
            name: the managed policy's name.
            actions: every action that some role of the account may use.

        Raises:
            ValueError: `FND-030` for a wildcard among the actions, `FND-031` for more than IAM's policy size.
        """
        wild = [action for action in actions if "*" in action]
        if wild:
            message = f"FND-030: {id}: a boundary names its actions; write out {', '.join(wild)}"
            raise ValueError(message)
        everywhere = [a for a in actions if a in GLOBAL_ACTIONS or a.split(":")[0] in GLOBAL_SERVICES]
        regions = list(dict.fromkeys((perimeter.region, REGION_OF_GLOBAL_EVENTS.get(perimeter.partition))))
        events = EVENTS_OF_GLOBAL_SERVICES if None not in regions and len(regions) > 1 else frozenset[str]()
        at_home = sorted(set(actions) - set(everywhere) - events)
        here = {"StringEquals": {"aws:RequestedRegion": perimeter.region}}
        statements = [
            Statement(sid="AtMostTheseInTheHomeRegion", actions=at_home, conditions=here, why=LIMITS_REASON),
            Statement(
                sid="LookUpEventsOfGlobalServices",
                actions=sorted(events & set(actions)),
                conditions={"StringEquals": {"aws:RequestedRegion": regions}},
                why=LIMITS_REASON,
            ),
            Statement(sid="AtMostTheseOfGlobalServices", actions=everywhere, why=LIMITS_REASON),
        ]
        document = checked_policy(
            (s for s in statements if s.actions),
            f"FND-031: {id}: the boundary is larger than IAM takes; name fewer actions",
        )
        super().__init__(scope, id)
        policy = iam.CfnManagedPolicy(
            self,
            "Resource",
            managed_policy_name=name,
            # No description: changing one replaces the policy, which its fixed name would not allow.
            policy_document=document,
        )
        acknowledge_wildcards(policy, statements)
        self.policy_arn: str = policy.ref
