"""EC2's networks: VPCs, endpoints, rules of security groups, flow logs."""
