"""Why an endpoint cannot serve, as SageMaker words it."""

from __future__ import annotations


class HostingError(Exception):
    """Why a fleet does not come up, or a deployment does not go on: worded as a FailureReason."""


class InvocationError(Exception):
    """A container did not answer as it must; `status` is the one it answered with, 0 for none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
