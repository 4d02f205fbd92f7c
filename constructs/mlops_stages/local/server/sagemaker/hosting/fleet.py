"""A fleet: the containers of one configuration, its data capture, and whose turn it is among its variants."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.api.records import Record, Records, Scope, ServiceError
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.sagemaker.hosting import measurements
from mlops_stages.local.server.sagemaker.hosting.capture import Body, Capture, Exchange, captured
from mlops_stages.local.server.sagemaker.hosting.configurations import PRODUCTION, SHADOW, variants
from mlops_stages.local.server.sagemaker.hosting.container_log import ContainerLog
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError, InvocationError
from mlops_stages.local.server.sagemaker.hosting.measurements import Measured
from mlops_stages.local.server.sagemaker.hosting.model_server import Answered, ModelServer, Sent
from mlops_stages.local.server.sagemaker.hosting.models import Content, content
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from mlops_stages.local.server.sagemaker.hosting.summaries import Size
from mlops_stages.local.server.sagemaker.hosting.turns import Share, Weights

_DEFAULT_STARTUP_S = 240.0
_DRAINED_S = 65.0


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A request to an endpoint, as it is handed on."""

    sent: Sent
    content_type: str
    inference_id: str = ""
    attributes: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a variant answered, or that it did not: then `error` says why."""

    variant: str
    status: int
    answered: Answered | None = None
    error: str = ""


@dataclass(kw_only=True)
class _Variant:
    name: str
    content: Content
    server: ModelServer
    instances: int


class Fleet:
    """What serves one configuration of an endpoint."""

    def __init__(
        self, records: Records, scope: Scope, endpoint: Record, configuration: Record, sizes: Mapping[str, Size]
    ) -> None:
        """Raises HostingError where a model of the configuration is gone."""
        self.name: str = configuration["EndpointConfigName"]
        self.began = CLOCK.now()
        self._scope = scope
        self._endpoint: str = endpoint["EndpointName"]
        self._variants: dict[str, _Variant] = {}
        self._under_way = 0
        self._drained = threading.Condition()
        roles: list[ServingRole] = []
        for variant in variants(configuration):
            made, role = self._variant(records, endpoint, variant)
            self._variants[made.name] = made
            roles.append(role)
        self.role = roles[0]
        config = captured(configuration)
        self.capture = None if config is None else Capture(config, self._endpoint, self.role)
        self.resize(sizes, configuration)

    def resize(self, sizes: Mapping[str, Size], configuration: Record) -> None:
        """Send requests to the variants by these weights from now on; a shadow's is that of a share.

        One process stands for all instances of a variant.
        """
        weights = {v["VariantName"]: sizes[v["VariantName"]][1] for v in listed(configuration[PRODUCTION])}
        shadows = [str(variant["VariantName"]) for variant in listed(configuration.get(SHADOW))]
        self._weights = Weights(weights)
        self._shadow: str | None = shadows[0] if shadows else None
        share = sizes[shadows[0]][1] / (sum(weights.values()) or 1.0) if shadows else 0.0
        self._shadowed = Share(min(share, 1.0))
        for name, variant in self._variants.items():
            variant.instances = sizes[name][0]

    def _variant(self, records: Records, endpoint: Record, variant: Record) -> tuple[_Variant, ServingRole]:
        name, scope = str(variant["VariantName"]), self._scope
        try:
            model = records.get(records.kinds["Model"], scope, {"ModelName": variant["ModelName"]})
            what = content(records, scope, model)
        except ServiceError as error:
            raise HostingError(error.message) from error
        role = ServingRole(str(model["ExecutionRoleArn"]), scope, str(endpoint["EndpointArn"]))
        stream = f"{name}/i-{secrets.token_hex(8)}"
        log = ContainerLog(role, f"/aws/sagemaker/Endpoints/{self._endpoint}", stream)
        server = ModelServer(
            what,
            role,
            log,
            isolated=bool(model.get("EnableNetworkIsolation")),
            variant=name,
            seconds=float(variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or _DEFAULT_STARTUP_S),
        )
        return _Variant(name=name, content=what, server=server, instances=1), role

    def images(self) -> dict[str, list[dict[str, Any]]]:
        """Return what DescribeEndpoint says of the variants' images."""
        return {
            name: [
                {
                    "SpecifiedImage": variant.content.image,
                    "ResolvedImage": variant.content.image,
                    "ResolutionTime": self.began,
                }
            ]
            for name, variant in self._variants.items()
        }

    def start(self) -> None:
        """Start every variant's container and wait until all answer. Raises HostingError, and then none runs."""
        try:
            for variant in self._variants.values():
                variant.server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the containers once they have answered what they were asked, and write what was captured."""
        with self._drained:
            self._drained.wait_for(lambda: self._under_way == 0, _DRAINED_S)
        for variant in self._variants.values():
            variant.server.stop()
        if self.capture is not None:
            self.capture.flush()

    def enter(self) -> None:
        """Note that a request is on its way here: the containers stay until `leave`."""
        with self._drained:
            self._under_way += 1

    def leave(self) -> None:
        """Note that a request is over."""
        with self._drained:
            self._under_way -= 1
            self._drained.notify_all()

    def knows(self, variant: str) -> bool:
        """Whether a production variant of this name is there."""
        return variant in self._variants and variant != self._shadow

    def invoke(self, invocation: Invocation, variant: str | None) -> Outcome:
        """Ask a variant: the one that is named, or the one whose turn it is."""
        return self._ask(variant or self._weights.next(), invocation)

    def invoke_shadow(self, invocation: Invocation) -> None:
        """Ask the shadow as well, where it is its turn. Its answer is measured and captured, and goes to nobody."""
        if self._shadow is not None and self._shadowed.takes_next():
            self._ask(self._shadow, invocation)

    @property
    def printed(self) -> bool:
        """Whether a container has printed what is not in its log yet."""
        return any(variant.server.printed for variant in self._variants.values())

    def flush(self) -> None:
        """Write what the containers have printed."""
        for variant in self._variants.values():
            variant.server.flush()

    def _ask(self, name: str, invocation: Invocation) -> Outcome:
        variant, moment, began = self._variants[name], CLOCK.now(), time.perf_counter()
        try:
            answered = variant.server.invoke(invocation.sent)
            outcome = Outcome(variant=name, status=answered.status, answered=answered)
            took = answered.microseconds
        except InvocationError as error:
            outcome = Outcome(variant=name, status=error.status, error=error.message)
            took = 1e6 * (time.perf_counter() - began)
        overhead = max(0.0, 1e6 * (time.perf_counter() - began) - took)
        measured = Measured(
            status=outcome.status,
            model_microseconds=took,
            overhead_microseconds=overhead,
            instances=variant.instances,
        )
        measurements.put(self._scope, self._endpoint, name, self.name, measured)
        if self.capture is not None:
            self.capture.keep(name, _exchange(moment, invocation, outcome))
        return outcome


def _exchange(moment: float, invocation: Invocation, outcome: Outcome) -> Exchange:
    answered = outcome.answered
    said = (
        Body(content=outcome.error.encode(), content_type="text/plain")
        if answered is None
        else Body(content=answered.body, content_type=answered.content_type)
    )
    return Exchange(
        moment=moment,
        given=Body(content=invocation.sent.body, content_type=invocation.content_type),
        answered=said,
        inference_id=invocation.inference_id,
        attributes=invocation.attributes,
        failed=answered is None or not 200 <= answered.status < 300,
    )
