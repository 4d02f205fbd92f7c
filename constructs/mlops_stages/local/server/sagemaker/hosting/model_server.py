"""One container that serves a model: started as `IMAGE serve`, asked for /ping and /invocations on port 8080.

It runs in the container that steps run in. Its port is in a network of its own: only this server reaches it.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops_stages.files import private_folder
from mlops_stages.local import containers, images
from mlops_stages.local.containers import StepProcess, trees
from mlops_stages.local.containers.container import Contained
from mlops_stages.local.server.sagemaker.hosting import model_data
from mlops_stages.local.server.sagemaker.hosting.container_log import ContainerLog
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError, InvocationError
from mlops_stages.local.server.sagemaker.hosting.models import Content
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from mlops_stages.local.server.sagemaker.jobs import workplace

PORT = 8080
LARGEST = 6_291_456
"""Bytes of a request, and of an answer."""

ANSWERED_S = 60.0
_PING_S = 2.0
_PING_EVERY_S = 0.1
_GONE_S = 30.0
_FOREVER_S = 10 * 365 * 24 * 3600.0
_LONGEST_PAUSE_S = 30.0
_MOST_AT_ONCE = 32
"""Requests of one container that are under way; more are told to come again."""

MODEL, PROGRAMS = "/opt/ml/model", "/opt/program"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as a container gets it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a container answered, and the microseconds it took."""

    status: int
    content_type: str
    attributes: str
    body: bytes
    microseconds: float


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The most that an answer may be: bytes, and seconds."""

    largest: int = LARGEST
    seconds: float = ANSWERED_S


class ModelServer:
    """A variant's one process, which stands for all its instances."""

    def __init__(
        self,
        content: Content,
        role: ServingRole,
        log: ContainerLog,
        *,
        isolated: bool,
        variant: str,
        seconds: float,
        bounds: Bounds | None = None,
    ) -> None:
        """Prepare it.

        Args:
            content: what its container is made of.
            role: what it serves under.
            log: where what it prints goes.
            isolated: whether it has no network.
            variant: what it is called where it fails.
            seconds: within which it must answer its health check.
            bounds: of what it answers; those of an endpoint if not given.
        """
        self._content = content
        self._role = role
        self._log = log
        self._isolated = isolated
        self._variant = variant
        self._seconds = seconds
        self._bounds = Bounds() if bounds is None else bounds
        self._home: Path | None = None
        self._process = StepProcess()
        self._contained: Contained | None = None
        self._passed = False  # /ping, once
        self._ended = threading.Event()
        self._gone = threading.Event()
        self._idle: queue.LifoQueue[_Connection] = queue.LifoQueue()
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)

    def start(self) -> None:
        """Fetch the model, start the container, and wait until it answers /ping. Raises HostingError."""
        if containers.kind() in ("off", "none"):
            self._gone.set()
            raise HostingError(f"The local SageMaker serves in containers alone. {containers.described()}")
        try:
            container = self._container()
        except BaseException:
            self._clean()
            raise
        threading.Thread(target=self._run, args=[container], name=f"serve-{self._variant}", daemon=True).start()
        self._wait_for_ping()

    def invoke(self, sent: Sent) -> Answered:
        """Hand a request to the container. Raises InvocationError where it does not answer as it must."""
        if not self._places.acquire(blocking=False):
            raise InvocationError(f"{_MOST_AT_ONCE} requests are under way already", 503)
        try:
            return self._asked(sent)
        finally:
            self._places.release()

    def told(self, path: str) -> bytes | None:
        """Return what the container answers to GET; None where it does not answer with 200."""
        try:
            answered = self._connection().asked("GET", path, None, {}, _PING_S)
        except InvocationError:
            return None
        return answered.body if answered.status == http.client.OK else None

    @property
    def printed(self) -> bool:
        """Whether the container has printed what is not in its log yet."""
        return self._log.waits

    def flush(self) -> None:
        """Write what the container has printed to its log."""
        self._log.flush()

    def stop(self) -> None:
        """End the container: SIGTERM, then SIGKILL."""
        self._ended.set()
        self._process.stop()
        if self._home is not None:
            self._gone.wait(_GONE_S)

    # The container

    def _container(self) -> containers.Container:
        state, content = workplace.state(), self._content
        python, program = images.find(state, content.image), images.program_of(state, content.image)
        if python is None:
            raise HostingError(
                f"The repository of the image {content.image} does not grant ecr:GetDownloadUrlForLayer, "
                "ecr:BatchGetImage, ecr:BatchCheckLayerAvailability, or it does not exist. "
                "(The local AWS runs an image as the Python environment that was named for it.)"
            )
        self._home = Path(tempfile.mkdtemp(dir=homes())).resolve()
        model = model_data.fetch(content, self._role.credentials(), self._home, self._variant)
        mounted = {MODEL: model} if program is None else {MODEL: model, f"{PROGRAMS}/serve": program}
        base = containers.Container(python=python)
        return containers.Container(
            python=python,
            environment={"PATH": f"{PROGRAMS}:{base.variables()['PATH']}", **content.environment},
            readable=mounted,
            port=None if self._isolated else workplace.port(),
            limits=containers.of_machine(disk=0),
        )

    def _run(self, container: containers.Container) -> None:
        """Keep a container running until it is not wanted any more.

        One that ends by itself is started again, as on AWS, if it has passed the health check once.
        """
        pause = 0.5
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                self._log.note(containers.described())
                try:
                    self._process.run(lambda: self._started(container), _FOREVER_S, self._log.line)
                except containers.ContainerError as error:
                    self._log.note(str(error))
                self._contained = None
                if self._process.exceeded:
                    self._log.note(f"the container was ended: it took {self._process.exceeded}")
                self._log.flush()
                if not self._passed:
                    return
                pause = 0.5 if time.monotonic() - began > _LONGEST_PAUSE_S else min(2 * pause, _LONGEST_PAUSE_S)
                self._ended.wait(pause)
                if not self._ended.is_set():
                    self._process = StepProcess()
        finally:
            self._log.close()
            self._clean()

    def _started(self, container: containers.Container) -> Contained:
        # Without an identity where it has no network, as a step.
        keys = {} if self._isolated else self._role.credentials().environment()
        with_keys = containers.Container(
            python=container.python,
            environment={**keys, **container.environment},
            readable=container.readable,
            port=container.port,
            limits=container.limits,
        )
        started = containers.start(with_keys, ["serve"])
        if not isinstance(started, Contained):
            started.kill()
            raise containers.ContainerError("hosting needs containers")
        self._contained = started
        return started

    def _clean(self) -> None:
        if self._home is not None:
            trees.remove(self._home)
        self._gone.set()

    # Its port

    def _wait_for_ping(self) -> None:
        deadline = time.monotonic() + self._seconds
        while time.monotonic() < deadline and not self._gone.is_set() and not self._ended.wait(_PING_EVERY_S):
            if self.told("/ping") is not None:
                self._passed = True
                return
        self._ended.set()
        self._process.stop()
        raise HostingError(
            f"The primary container for production variant {self._variant} did not pass the ping health check. "
            "Please check CloudWatch logs for this endpoint."
        )

    def _asked(self, sent: Sent) -> Answered:
        try:
            reused: _Connection | None = self._idle.get_nowait()
        except queue.Empty:
            reused = None
        if reused is not None:
            try:
                return self._through(reused, sent)
            except InvocationError:
                if not reused.was_closed:
                    raise
        return self._through(self._connection(), sent)

    def _through(self, connection: _Connection, sent: Sent) -> Answered:
        answered = connection.asked("POST", "/invocations", sent.body, sent.headers, self._bounds.seconds)
        if connection.is_open:
            self._idle.put(connection)
        return answered

    def _connection(self) -> _Connection:
        contained = self._contained
        if contained is None:
            raise InvocationError("the container does not run")
        try:
            return _Connection(contained.connect(PORT), self._bounds.largest)
        except OSError as error:
            raise InvocationError(f"the container accepts no connection: {error}") from error


class _Connection(http.client.HTTPConnection):
    """A connection to a container; what it answers is bounded in bytes and in time, headers included."""

    def __init__(self, connected: socket.socket, largest: int) -> None:
        super().__init__("localhost", PORT)
        self._largest = largest
        connected.settimeout(None)  # what takes too long is cut
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = connected
        self.auto_open = 0
        self.was_closed = False
        """Whether the container had closed it before it was asked anything more."""

    @property
    def is_open(self) -> bool:
        """Whether it can be asked again."""
        return self.sock is not None

    def asked(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], seconds: float) -> Answered:
        """Ask, and read the answer whole. Raises InvocationError."""
        connected, began = self.sock, time.perf_counter()
        late = threading.Event()
        timer = threading.Timer(seconds, _cut, [connected, late])
        timer.daemon = True
        timer.start()
        try:
            self.request(method, path, body, dict(headers))
            answered = self._whole(self.getresponse(), began)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            self.was_closed = isinstance(error, http.client.RemoteDisconnected | BrokenPipeError | ConnectionResetError)
            if not late.is_set():
                raise InvocationError(f"the container did not answer: {type(error).__name__}") from error
        except InvocationError:
            self.close()
            raise
        else:
            if not late.is_set():
                return answered
            self.close()
        finally:
            timer.cancel()
        self.was_closed = False
        raise InvocationError("Your invocation timed out while waiting for a response from container primary")

    def _whole(self, response: http.client.HTTPResponse, began: float) -> Answered:
        content = response.read(self._largest + 1)
        if len(content) > self._largest:
            raise InvocationError(f"the answer is larger than {self._largest} bytes", response.status)
        if not response.isclosed():  # it ends exactly at the largest, or it does not
            response.read(1)
        if response.length:
            raise InvocationError("the answer is cut short", response.status)
        return Answered(
            status=response.status,
            content_type=response.headers.get("Content-Type") or "application/octet-stream",
            attributes=response.headers.get("X-Amzn-SageMaker-Custom-Attributes") or "",
            body=content,
            microseconds=1e6 * (time.perf_counter() - began),
        )


def _cut(connected: socket.socket, late: threading.Event) -> None:
    """End what takes too long: whoever reads sees the end, and that it was late."""
    late.set()
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


@functools.cache
def homes() -> Path:
    """Return where the models of this process are, without those that an earlier one left behind."""
    homes = workplace.state() / "models"
    trees.remove(homes)
    return private_folder(homes)
