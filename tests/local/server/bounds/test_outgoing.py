"""The server's own process connects to nothing but itself, whatever address a caller names."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlops_stages.local.server.bounds.outgoing import NATIVE
from tests.local.clients import LocalAws, allow, policy
from tests.local.conftest import directory
from tests.local.laboratory import until


@dataclass(frozen=True)
class Neighbour:
    """Another service of this machine, which nothing may reach."""

    listening: socket.socket
    log: Path

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def was_refused(self) -> bool:
        """Whether the server's log says that it would not connect here."""
        return f"refused to connect to ('127.0.0.1', {self.port})" in self.log.read_text("utf-8", "replace")

    def was_reached(self) -> bool:
        """Whether somebody has connected."""
        try:
            self.listening.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbour]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield Neighbour(listening, directory(tmp_path_factory) / ".mlops-stages" / "local.log")


def test_a_subscription_reaches_no_other_service(local_aws: LocalAws, account: str, neighbour: Neighbour) -> None:
    sns = local_aws.client("sns", account)
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{neighbour.url}/confirm")
    until(neighbour.was_refused)
    assert not neighbour.was_reached()


def test_an_api_destination_reaches_no_other_service(local_aws: LocalAws, account: str, neighbour: Neighbour) -> None:
    events = local_aws.client("events", account)
    connection = events.create_connection(
        Name="there",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "key", "ApiKeyValue": "value"}},
    )["ConnectionArn"]
    destination = events.create_api_destination(
        Name="there", ConnectionArn=connection, InvocationEndpoint=f"{neighbour.url}/hook", HttpMethod="POST"
    )["ApiDestinationArn"]
    role = local_aws.role(
        account,
        {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": "*"},
        trust={"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"},
    )
    sqs = local_aws.client("sqs", account)
    lost = sqs.create_queue(QueueName="lost")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=lost, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lets = {**allow("sqs:SendMessage", on=arn), "Principal": {"Service": "events.amazonaws.com"}}
    sqs.set_queue_attributes(QueueUrl=lost, Attributes={"Policy": policy(lets)})
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["test"]}), State="ENABLED")
    target = {"Id": "there", "Arn": destination, "RoleArn": role, "DeadLetterConfig": {"Arn": arn}}
    events.put_targets(Rule="all", Targets=[target])
    events.put_events(Entries=[{"Source": "test", "DetailType": "told", "Detail": "{}"}])
    asked = {"QueueUrl": lost, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 1}
    [letter] = until(lambda: sqs.receive_message(**asked).get("Messages"))
    assert letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == f"Not emulated: the target {destination}"
    assert not neighbour.was_reached()


_ATTEMPTS = {
    "another port": "socket.create_connection(('127.0.0.1', other))",
    "another port without an exception": "socket.socket().connect_ex(('127.0.0.1', other))",
    "another address of the loopback": "socket.socket().connect(('127.0.0.2', own))",
    "a name instead of an address": "socket.socket().connect(('localhost', own))",
    "cloud metadata": "socket.socket().connect(('169.254.169.254', 80))",
    "IPv6": "socket.socket(socket.AF_INET6).connect(('::1', own))",
    "an IPv4 address within IPv6": "socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', own))",
    "a Unix socket": "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
    "an abstract Unix socket": "socket.socket(socket.AF_UNIX).connect('\\0bus')",
    "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', other))",
    "a datagram with flags": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', other))",
    "a name server": "socket.getaddrinfo('secret.example', 80)",
    "an address in other figures": "socket.getaddrinfo('0x7f.1', 80)",
    "a name server, asked otherwise": "socket.gethostbyname_ex('secret.example')",
    "a name server, for an address": "socket.gethostbyaddr('10.0.0.1')",
    "the event loop": "asyncio.run(asyncio.open_connection('127.0.0.1', other))",
    "a thread": "concurrent.futures.ThreadPoolExecutor().submit("
    "socket.create_connection, ('127.0.0.1', other)).result()",
    "urllib": "urllib.request.urlopen(f'http://127.0.0.1:{other}/')",
    "a file as a URL": "urllib.request.urlopen('file:///etc/hosts')",
    "a file as a URL in other letters": "urllib.request.urlopen('FiLe:/etc/hosts')",
    "FTP": "urllib.request.urlopen(f'ftp://127.0.0.1:{other}/')",
    "http.client": "http.client.HTTPConnection('127.0.0.1', other).request('GET', '/')",
    "urllib3": "urllib3.PoolManager(retries=False).request('GET', f'http://127.0.0.1:{other}/')",
}
_PROGRAM = """
import asyncio, concurrent.futures, http.client, socket, sys, urllib.request, urllib3
from mlops_stages.local.server.bounds.outgoing import OutgoingRefusedError, refuse_outgoing
own, other = int(sys.argv[1]), int(sys.argv[2])
refuse_outgoing(own)
socket.create_connection(("localhost", own)).close()
for attempt in sys.stdin.read().splitlines():
    try:
        exec(attempt)
        print("reached")
    except Exception as error:
        causes = []
        while error is not None:
            causes += [error, getattr(error, "reason", None)]
            error = error.__cause__ or error.__context__
        print("refused" if any(isinstance(cause, OutgoingRefusedError) for cause in causes) else repr(causes))
"""


def test_every_way_to_connect_is_refused_but_the_one_to_its_own_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as own, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [str(listening.getsockname()[1]) for listening in (own, other)]
        told = subprocess.run(
            [sys.executable, "-c", _PROGRAM, *ports],
            input="\n".join(_ATTEMPTS.values()),
            capture_output=True,
            text=True,
            check=True,
        )
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert dict(zip(_ATTEMPTS, told.stdout.splitlines(), strict=True)) == dict.fromkeys(_ATTEMPTS, "refused")


def test_a_library_that_connects_unseen_cannot_be_imported() -> None:
    program = (
        "import sys, importlib; from mlops_stages.local.server.bounds.outgoing import refuse_outgoing; "
        "refuse_outgoing(1)\n"
        "for name in sys.argv[1:]:\n"
        "    try: importlib.import_module(name); print(name)\n"
        "    except ImportError as error: assert 'halted' in str(error) or 'is not a package' in str(error), name\n"
    )
    names = [*sorted(NATIVE), "duckdb.sub"]
    told = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)
    assert told.stdout == ""


_SEEN = frozenset(
    {
        "asyncssh",
        "docker",
        "pymysql",
        "requests",
        "responses",
        "boto3",
        "botocore",
        "hypercorn",
        "werkzeug",
        "flask",
        "flask_cors",
        "aws_xray_sdk",
    }
)
"""What connects by Python's own sockets."""

_OFFLINE = frozenset(
    {
        "antlr4",
        "ASLIntrinsicParser",
        "ASLParser",
        "cbor2",
        "cfnlint",
        "crc32c",
        "cryptography",
        "defusedxml",
        "graphql",
        "h11",
        "joserfc",
        "jsonata",
        "jsonpath_ng",
        "jsonschema",
        "localstack",
        "moto",
        "openapi_spec_validator",
        "py_partiql_parser",
        "pyparsing",
        "samtranslator",
        "snapshot_restore_py",
        "typing_extensions",
        "xmltodict",
        "yaml",
    }
)
"""What connects to nothing; `localstack` is a shape of moto's parser, never installed."""

_IMPORT = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)(?=[.\w]*[ \t]+import\b|[.\w]*[ \t]*(?:as\b|,|#|$))", re.MULTILINE
)


def test_an_engine_that_imports_another_library_is_looked_at_first() -> None:
    named: set[str] = set()
    for engine in ("ministack", "moto"):
        found = importlib.util.find_spec(engine)
        assert found is not None
        assert found.origin is not None
        for source in Path(found.origin).parent.rglob("*.py"):
            named.update(_IMPORT.findall(source.read_text("utf-8", "replace")))
    assert named - {"ministack"} - sys.stdlib_module_names - _SEEN - _OFFLINE <= NATIVE
    assert {"duckdb", "psycopg2"} <= named, "nothing was read"
