"""What a CodeArtifact request asks for, as IAM sees it: the ARNs of its resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeartifact.html
"""

from __future__ import annotations

from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails

_ON_PATTERNS = ("PackageGroup", "AllowedRepositoriesForGroup")


def resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """Return the ARNs that the request must be allowed on, in the account that owns the domain."""
    given = operation.parameters
    arn = given.get("resourceArn")
    if arn:
        return (str(arn),)
    domain = given.get("domain")
    if not domain:
        return ("*",)
    prefix = f"arn:{partition}:codeartifact:{region}:{given.get('domainOwner') or account}:"
    if operation.name.endswith(_ON_PATTERNS) or given.get("packageGroup"):
        pattern = given.get("packageGroup")
        return (f"{prefix}package-group/{domain}{pattern}",) if pattern else (f"{prefix}domain/{domain}",)
    repository = given.get("repository")
    if not repository:
        return (f"{prefix}domain/{domain}",)
    if given.get("package"):
        name = f"{given.get('format')}/{given.get('namespace') or ''}/{given['package']}"
        return (f"{prefix}package/{domain}/{repository}/{name}",)
    if operation.name == "CreateRepository":
        return (f"{prefix}domain/{domain}", f"{prefix}repository/{domain}/{repository}")
    return (f"{prefix}repository/{domain}/{repository}",)


DETAILS = RequestDetails(resources=resources)
"""What is asked about a request to CodeArtifact."""
