"""A compiled pipeline, deployed."""

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.pipeline_definition import Injected, PipelineDefinition
from mlops_stages.repeatable.pipeline_role import PipelineRole

MOST_PARALLEL_STEPS = 50
"""https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-pipeline.html."""

_LIST_TOKEN = "#{Token["  # noqa: S105 - how the CDK writes a list that it does not know yet


class TrainingPipeline(Construct):
    """A model's pipeline: the definition that its team compiled, filled with role, network, keys and tags.

    A definition that states one of these otherwise fails the synth with the step's name and the field. The description
    names the SHA-256 of the compiled file, which the team's repository holds.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-pipeline.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        definition: PipelineDefinition,
        injected: Injected,
        role: PipelineRole,
        parallel_steps: int = 4,
    ) -> None:
        """Create the pipeline.

        Args:
            scope: the parent.
            id: the construct's id in it.
            name: the pipeline's name; CI starts it by that.
            definition: what the team compiled.
            injected: what the platform decides.
            role: what it runs under; the ARN in `injected` is the same role's.
            parallel_steps: how many steps run at once, 1 to 50.

        Raises:
            ValueError: `REP-080` for a number of steps out of range, `REP-081` for subnets whose ids are one list that
                only a deployment knows.
            PipelineErrors: `PIP-040` to `PIP-060`, a ValueError too: what the definition states otherwise.
        """
        if not 1 <= parallel_steps <= MOST_PARALLEL_STEPS:
            message = f"REP-080: {id}: {parallel_steps} steps at once are out of range; give 1 to {MOST_PARALLEL_STEPS}"
            raise ValueError(message)
        if any(subnet.startswith(_LIST_TOKEN) for subnet in injected.subnets):
            message = f"REP-081: {id}: the subnets are one list that only a deployment knows; give each id by itself"
            raise ValueError(message)
        body = definition.filled(injected)
        super().__init__(scope, id)
        pipeline = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=name,
            pipeline_description=f"Compiled definition: sha256 {definition.sha256}",
            # Text, into which CloudFormation writes ids and ARNs: JSON needs no escapes for them.
            pipeline_definition={"PipelineDefinitionBody": body},
            # Refers to the role, which refers to its policy: both exist before the pipeline.
            role_arn=role.role_arn,
            parallelism_configuration={"MaxParallelExecutionSteps": parallel_steps},
        )
        self.pipeline_name: str = name
        self.resource: sagemaker.CfnPipeline = pipeline
