"""The security group of one served model."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from mlops_stages.foundation.workload_security_group import HTTPS


class ServingSecurityGroup(Construct):
    """Lets a model's instances fetch image and artefact by HTTPS, and lets nothing in.

    Requests reach the container through SageMaker, not through the VPC; the isolated container reaches nothing.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    """

    def __init__(self, scope: Construct, id: str, *, vpc_id: str, model: str) -> None:
        """Create the group in the VPC `vpc_id`, for the model `model`."""
        super().__init__(scope, id)
        group = ec2.CfnSecurityGroup(
            self,
            "Resource",
            group_description=f"Instances that serve model {model}: HTTPS out, nothing in",
            vpc_id=vpc_id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    # S3's gateway endpoint is reached at public addresses; no other route leaves the VPC.
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_ip="0.0.0.0/0",
                    description="HTTPS to the endpoints and to S3 through its gateway",
                )
            ],
        )
        self.group_id: str = group.attr_group_id
