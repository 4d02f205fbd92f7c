"""The security group of SageMaker apps and jobs."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

HTTPS = 443
# Distributed training takes any unprivileged port; Studio's home directories (NFS, 2049) lie in the same range.
FIRST_PEER_PORT, LAST_PEER_PORT = 1024, 65535
PEER_DESCRIPTION = "distributed training, and the home directories (NFS) of Studio"


class WorkloadSecurityGroup(Construct):
    """Lets workloads talk to each other and to AWS by HTTPS, and lets nothing else in.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html
    """

    def __init__(self, scope: Construct, id: str, *, vpc_id: str) -> None:
        """Create the group in the VPC `vpc_id`."""
        super().__init__(scope, id)
        group = ec2.CfnSecurityGroup(
            self,
            "Resource",
            group_description="SageMaker apps and jobs: they talk to each other and to the endpoints",
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
        # Rules inside the group would make it refer to itself, so they are resources of their own.
        ec2.CfnSecurityGroupIngress(
            self,
            "FromPeers",
            group_id=self.group_id,
            source_security_group_id=self.group_id,
            ip_protocol="tcp",
            from_port=FIRST_PEER_PORT,
            to_port=LAST_PEER_PORT,
            description=PEER_DESCRIPTION,
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "ToPeers",
            group_id=self.group_id,
            destination_security_group_id=self.group_id,
            ip_protocol="tcp",
            from_port=FIRST_PEER_PORT,
            to_port=LAST_PEER_PORT,
            description=PEER_DESCRIPTION,
        )
