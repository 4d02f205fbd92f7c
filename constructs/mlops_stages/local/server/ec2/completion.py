"""What ministack's EC2 leaves out of its answers, put in on their way out."""

from __future__ import annotations

from mlops_stages.local.server.api.heard import Completion, Heard, form_of
from mlops_stages.local.server.ec2 import details, endpoint_services


def completion(heard: Heard, body: bytes) -> Completion | None:
    """Return what completes the answer to a request; None where it is complete."""
    form = form_of(body, heard.query)
    if endpoint_services.concerns(form):
        return lambda scope, content: endpoint_services.completed(scope, form, content)
    if details.concerns(form):
        return lambda scope, content: details.details.completed(scope, form, content)
    return None
