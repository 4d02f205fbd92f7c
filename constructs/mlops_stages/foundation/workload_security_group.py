"""The security group of SageMaker apps and jobs."""

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class PeerRule:
    """A protocol that members of the group speak with each other; no ports where the protocol has none."""

    id: str
    protocol: str
    description: str
    first_port: int | None = None
    last_port: int | None = None


# Our jobs encrypt the traffic between their containers, which is IPsec where a job has several instances:
# https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html
PEER_RULES = (
    # Distributed training takes any unprivileged port; Studio's home directories (NFS, 2049) lie in the same range.
    PeerRule(
        id="Peers",
        protocol="tcp",
        first_port=1024,
        last_port=65535,
        description="distributed training, and the home directories (NFS) of Studio",
    ),
    PeerRule(
        id="PeersKeyExchange",
        protocol="udp",
        first_port=500,
        last_port=500,
        description="key exchange (IKE) of encrypted traffic between the instances of a job",
    ),
    PeerRule(id="PeersEncrypted", protocol="50", description="encrypted traffic (ESP) between the instances of a job"),
)


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
        for rule in PEER_RULES:
            ec2.CfnSecurityGroupIngress(
                self,
                f"From{rule.id}",
                group_id=self.group_id,
                source_security_group_id=self.group_id,
                ip_protocol=rule.protocol,
                from_port=rule.first_port,
                to_port=rule.last_port,
                description=rule.description,
            )
            ec2.CfnSecurityGroupEgress(
                self,
                f"To{rule.id}",
                group_id=self.group_id,
                destination_security_group_id=self.group_id,
                ip_protocol=rule.protocol,
                from_port=rule.first_port,
                to_port=rule.last_port,
                description=rule.description,
            )
