"""The role under which a model's pipeline and the jobs of its steps run."""

from collections.abc import Sequence

from aws_cdk import CfnTag
from aws_cdk import aws_iam as iam
from constructs import Construct

from mlops_stages.foundation import (
    Statement,
    acknowledge_wildcards,
    policy_document,
    trust_in_sagemaker,
    trust_policy,
)
from mlops_stages.foundation.statement import checked_policy
from mlops_stages.repeatable.pipeline_statements import PipelineWork, run_steps

_SUBJECTS = {
    "RunJobs": "runs jobs, isolated and encrypted",
    "EquipJobs": "gives its jobs network, keys, logs, metrics and images",
    "ReadData": "reads the team's data up to the model's classification",
    "ReadRequests": "reads the requests of production that its candidates are judged on",
    "KeepResults": "keeps what its steps make, and registers the model, pending approval",
}


class PipelineRole(Construct):
    """A role for SageMaker alone, with a name that other accounts know, for one model's pipeline.

    It starts jobs that are isolated, encrypted, in the network and tagged for its model; reads the team's code, and
    its data up to the model's classification; writes its own parts; registers its model, pending approval. It approves
    nothing.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """

    def __init__(self, scope: Construct, id: str, *, work: PipelineWork, permissions_boundary_arn: str) -> None:
        """Create the role and its policies, one a subject.

        Args:
            scope: the parent.
            id: the construct's id in it.
            work: what its statements refer to.
            permissions_boundary_arn: the most it may ever do.

        Raises:
            ValueError: `REP-086` for more subnets or instance types than a policy can name.
        """
        portions = {subject: statements for subject, statements in run_steps(work).items() if statements}
        for subject, statements in portions.items():
            checked_policy(
                statements,
                f"REP-086: {id}: policy {subject} of model {work.model} is larger than IAM takes; allow fewer instance "
                "types or subnets",
            )
        super().__init__(scope, id)
        # Not inline: the compliance packs refuse that. Whatever refers to the role waits for its policies.
        policies = [self._policy(subject, work, statements) for subject, statements in portions.items()]
        self.resource: iam.CfnRole = iam.CfnRole(
            self,
            "Resource",
            role_name=work.addresses.pipeline_role_name(work.model),
            path=f"/{work.addresses.platform}/{work.team}/",
            description=f"The pipeline of model {work.model} and its jobs",
            assume_role_policy_document=trust_policy([trust_in_sagemaker(work.perimeter)]),
            permissions_boundary=permissions_boundary_arn,
            managed_policy_arns=policies,
            tags=[CfnTag(key="team", value=work.team)],
        )
        """What must exist, policies included, before the pipeline: depend on it."""
        self.role_arn: str = self.resource.attr_arn

    def _policy(self, subject: str, work: PipelineWork, statements: Sequence[Statement]) -> str:
        policy = iam.CfnManagedPolicy(
            self,
            subject,
            description=f"The pipeline of model {work.model} {_SUBJECTS[subject]}",
            policy_document=policy_document(statements),
        )
        acknowledge_wildcards(policy, statements)
        return policy.ref
