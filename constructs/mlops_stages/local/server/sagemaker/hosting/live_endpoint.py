"""An endpoint that serves: its fleet, and while it is updated the new one beside it, step by step on the clock."""

from __future__ import annotations

import copy
import logging
import math
import threading
from dataclasses import dataclass

from mlops_stages.local.server.api.records import Record, Records, Scope
from mlops_stages.local.server.clock import CLOCK
from mlops_stages.local.server.sagemaker.hosting import happenings, rollback_alarms, summaries
from mlops_stages.local.server.sagemaker.hosting.deployment_rules import Shift
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.hosting.fleet import Fleet
from mlops_stages.local.server.sagemaker.hosting.summaries import Size
from mlops_stages.local.server.sagemaker.hosting.turns import Share
from mlops_stages.local.server.timers import TIMERS

_LOOK_S = 30
"""How often the alarms are looked at, and what waits is written: on the clock's half minutes."""

_LONGEST_REASON = 1024
_UNEXPECTED = "InternalServerError: We encountered an internal error."
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Deployment:
    """An update under way. `step` is the one that bakes until `until`; before the first, the new fleet comes up."""

    configuration: Record
    sizes: dict[str, Size]
    shift: Shift
    began: float
    fleet: Fleet | None = None
    step: int = -1
    until: float = math.inf
    status: tuple[Record, ...] = ()

    @property
    def deadline(self) -> float:
        """When it has taken too long."""
        return self.began + self.shift.timeout


class LiveEndpoint:
    """What an endpoint's record stands for.

    Its lock is held for as long as it takes to change what is here, never while something else is asked or waited
    for: the clock and the server's loop both come by.
    """

    def __init__(self, records: Records, scope: Scope, record: Record, configuration: Record) -> None:
        self.arn: str = record["EndpointArn"]
        self.settled = threading.Event()
        """Set while nothing is under way."""
        self._records = records
        self._scope = scope
        self._name: str = record["EndpointName"]
        self._record = record
        self.configuration = copy.deepcopy(configuration)
        self.sizes = summaries.sizes(configuration)
        self.status = "Creating"
        self.reason = ""
        self._fleet: Fleet | None = None
        self._deployment: Deployment | None = None
        self._share = Share(0.0)
        self._lock = threading.RLock()
        self._showing = threading.Lock()  # so that nothing older is written over what is newer
        self._look: float | None = None
        """When it looks next; None while there is nothing to look at."""
        self._show()

    # What is asked of it

    def create(self) -> None:
        """Bring it up, in a thread."""
        happenings.tell_state(self._scope, self._shown(), {})
        TIMERS.work(self._create)

    def update(self, configuration: Record, sizes: dict[str, Size], shift: Shift) -> bool:
        """Shift its traffic to a new fleet, beginning in a thread and going on by the clock.

        Returns whether it began: it does not where something else has in the meantime.
        """
        with self._lock:
            if self.status != "InService":
                return False
            self.settled.clear()
            self.status, self.reason = "Updating", ""
            self._deployment = Deployment(
                configuration=copy.deepcopy(configuration), sizes=sizes, shift=shift, began=CLOCK.now()
            )
            self._mark(("Creating", ""))
        self._tell()
        TIMERS.work(self._begin)
        return True

    def resize(self, sizes: dict[str, Size]) -> None:
        """Set weights and numbers of instances, at once."""
        with self._lock:
            self.sizes = {**self.sizes, **sizes}
            fleet = self._fleet
            if fleet is not None:
                fleet.resize(self.sizes, self.configuration)
        self._show()

    def close(self) -> None:
        """End what serves it, in a thread."""
        with self._lock:
            self.status = "Deleting"
            fleet, self._fleet = self._fleet, None
            self.settled.set()
        happenings.tell_state(self._scope, self._shown(), {})
        if fleet is not None:
            TIMERS.work(fleet.stop)

    def take(self, variant: str | None) -> Fleet | None:
        """Return the fleet whose turn it is, held until `Fleet.leave`; None where none serves, or not this variant."""
        with self._lock:
            deployment = self._deployment
            fleet = self._fleet
            if deployment is not None and deployment.fleet is not None and deployment.step >= 0:
                fleet = deployment.fleet if self._share.takes_next() else fleet
            if fleet is None or (variant is not None and not fleet.knows(variant)):
                return None
            fleet.enter()
            return fleet

    # By the clock

    def due(self) -> float | None:
        """When there is something to do next; None until something is asked of it."""
        with self._lock:
            deployment, fleets = self._deployment, self._fleets()
            if deployment is None and not any(fleet.printed for fleet in fleets):
                self._look = None
            elif self._look is None:
                self._look = (math.floor(CLOCK.now() / _LOOK_S) + 1) * _LOOK_S
            times = [self._look, None if deployment is None else deployment.until]
            times += [fleet.capture.due() for fleet in fleets if fleet.capture is not None]
            return min((each for each in times if each is not None), default=None)

    def run(self, moment: float) -> None:
        """Do what is due by a moment: write what was captured, look at the alarms, go on or back."""
        with self._lock:
            fleets = self._fleets()
            looks = self._look is not None and moment >= self._look
            self._look = None if looks else self._look
            deployment = self._deployment
        for fleet in fleets:
            if fleet.capture is not None:
                fleet.capture.flush(moment)
            if looks:
                fleet.flush()
        if deployment is not None and deployment.step >= 0 and (looks or moment >= deployment.until):
            try:
                self._judge(deployment, moment)
            except Exception:  # else the clock would come back to this moment for ever
                _log.exception("endpoint %s", self._name)
                self._go_back(deployment, _UNEXPECTED)

    def _fleets(self) -> list[Fleet]:
        deployment = self._deployment
        both = [self._fleet, None if deployment is None else deployment.fleet]
        return [fleet for fleet in both if fleet is not None]

    # Coming up

    def _create(self) -> None:
        try:
            fleet = Fleet(self._records, self._scope, self._record, self.configuration, self.sizes)
            fleet.start()
        except HostingError as error:
            self._settle("Failed", str(error))
        except Exception:
            _log.exception("endpoint %s", self._name)
            self._settle("Failed", _UNEXPECTED)
        else:
            with self._lock:
                self._fleet = fleet
            self._settle("InService", "")

    def _begin(self) -> None:
        deployment = self._deployment
        if deployment is None:
            return
        try:
            fleet = Fleet(self._records, self._scope, self._record, deployment.configuration, deployment.sizes)
            fleet.start()
        except HostingError as error:
            self._go_back(deployment, str(error))
            return
        except Exception:
            _log.exception("endpoint %s", self._name)
            self._go_back(deployment, _UNEXPECTED)
            return
        with self._lock:
            deployment.fleet = fleet
        if not self._has_alarm(deployment):
            self._go_on(deployment, CLOCK.now())

    # A deployment's way

    def _judge(self, deployment: Deployment, moment: float) -> None:
        if self._has_alarm(deployment):
            return
        if moment >= deployment.deadline:
            self._go_back(deployment, "The deployment took longer than MaximumExecutionTimeoutInSeconds.")
        elif moment >= deployment.until:
            self._go_on(deployment, moment)

    def _has_alarm(self, deployment: Deployment) -> bool:
        """Look at the alarms; where one has gone off, or cannot be seen, the deployment goes back."""
        fleet = deployment.fleet
        if fleet is None:
            return False
        try:
            alarms = rollback_alarms.in_alarm(fleet.role, deployment.shift.alarms)
        except HostingError as error:
            self._go_back(deployment, str(error))
            return True
        if alarms:
            _log.info("endpoint %s goes back: %s in ALARM", self._name, ", ".join(alarms))
            self._go_back(deployment, "")  # as on AWS, where nothing says why
        return bool(alarms)

    def _go_on(self, deployment: Deployment, moment: float) -> None:
        """Give the new fleet its next share of the traffic, and let it bake; after the last, it is the fleet."""
        steps = deployment.shift.steps
        while True:
            with self._lock:
                if self._deployment is not deployment:
                    return
                deployment.step += 1
                if deployment.step == len(steps):
                    break
                step = steps[deployment.step]
                self._share = Share(step.share)
                deployment.until = moment + step.wait
                self._mark(("ActivatingTraffic", ""))
            self._tell()
            if step.wait:
                where = "canary capacity of " if deployment.shift.kind == "CANARY" and step.share < 1 else ""
                said = f"Baking for {step.wait} seconds ({step.said}) with traffic enabled on "
                with self._lock:
                    self._mark(("Baking", f"{said}{where}{step.instances} instance(s)."))
                self._tell()
                CLOCK.look_again()
                return
        with self._lock:
            old, self._fleet = self._fleet, deployment.fleet
            self.configuration, self.sizes = deployment.configuration, deployment.sizes
            self._deployment = None
        self._settle("InService", "")
        if old is not None:
            TIMERS.work(old.stop)

    def _go_back(self, deployment: Deployment, reason: str) -> None:
        with self._lock:
            if self._deployment is not deployment:
                return
            self._deployment = None
            new = deployment.fleet
        self._settle("InService", reason)
        if new is not None:
            TIMERS.work(new.stop)

    # What is told

    def _settle(self, status: str, reason: str) -> None:
        with self._lock:
            self.status, self.reason = status, reason[:_LONGEST_REASON]
        self._show()
        happenings.tell_state(self._scope, self._shown(), self._records.tags(self.arn) or {})
        self.settled.set()
        CLOCK.look_again()

    def _mark(self, *statuses: tuple[str, str]) -> None:
        """Set what the variants of the new fleet are said to do."""
        deployment = self._deployment
        if deployment is not None:
            deployment.status = tuple(
                {"Status": status, "StartTime": CLOCK.now(), **({"StatusMessage": said} if said else {})}
                for status, said in statuses
            )

    def _tell(self) -> None:
        self._show()
        happenings.tell_deployment(self._scope, self._shown())

    def _show(self) -> None:
        """Write into the record what DescribeEndpoint says."""
        with self._showing:
            with self._lock:
                fleet, deployment = self._fleet, self._deployment
                images = {} if fleet is None else fleet.images()
                shown = summaries.of_variants(self.configuration, self.sizes, images)
                members: Record = {
                    "EndpointStatus": self.status,
                    "EndpointConfigName": self.configuration["EndpointConfigName"],
                    "ShadowProductionVariants": None,
                    **shown,
                    "DataCaptureConfig": summaries.of_capture(self.configuration, started=self.status != "Failed"),
                    "MetricsConfig": self.configuration.get("MetricsConfig"),
                    "FailureReason": self.reason or None,
                    "PendingDeploymentSummary": None if deployment is None else _pending(deployment),
                }
            self._records.change("Endpoint", self._scope, {"EndpointName": self._name}, **members)

    def _shown(self) -> Record:
        with self._records.lock:
            return copy.deepcopy({**self._record, "EndpointStatus": self.status})


def _pending(deployment: Deployment) -> Record:
    images = {} if deployment.fleet is None else deployment.fleet.images()
    status = [dict(each) for each in deployment.status]
    variants = summaries.of_variants(deployment.configuration, deployment.sizes, images, status=status, typed=True)
    return {
        "EndpointConfigName": deployment.configuration["EndpointConfigName"],
        **variants,
        "StartTime": deployment.began,
    }
