"""The account that statements refer to, and how its teams are told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter

TEAM = "${aws:PrincipalTag/team}"
PERSON = "${aws:PrincipalTag/person}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the statements of an experimentation account refer to.

    Attributes:
        platform: the organization's name, which starts the names of roles.
        instance_types: the SageMaker instance types that people may start.
        key_arn: encrypts the volumes of apps and jobs.
    """

    platform: str
    perimeter: Perimeter
    network: Network
    instance_types: Sequence[str]
    key_arn: str

    def sagemaker(self, *resources: str) -> list[str]:
        """The ARNs of SageMaker's resources."""
        return [self.perimeter.arn("sagemaker", resource) for resource in resources]

    @property
    def own_role(self) -> str:
        """The ARN of the caller's own role."""
        return self.perimeter.global_arn("iam", f"role/{self.platform}/{TEAM}/{self.platform}-{TEAM}-{PERSON}")

    @property
    def allowed_instances(self) -> dict[str, list[str]]:
        """The condition that a request starts no other instance type."""
        return {"sagemaker:InstanceTypes": list(self.instance_types)}

    @property
    def own_network(self) -> dict[str, list[str]]:
        """The condition that a request names no other network."""
        return {
            "sagemaker:VpcSubnets": list(self.network.subnet_ids),
            "sagemaker:VpcSecurityGroupIds": [self.network.workload_security_group_id],
        }
