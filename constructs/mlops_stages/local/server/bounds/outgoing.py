"""What the server's own process may connect to: itself, by its port on the loopback interface, and nothing else.

Callers name addresses: an SNS subscription, an API destination, an integration, an identity provider. Were they
followed, whoever may create one would reach other services of this machine and of its network, and by `file:` its
files. Python tells an audit hook before it connects, sends a datagram, resolves a name or opens a URL, whichever
library asks; what is refused fails there as a refused connection does, and the server's log says so. Programs that a
container runs are not in this process, and have a network of their own.

A library that connects by C code of its own tells no hook, so such libraries cannot be imported here.

Source: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_LONGEST_SHOWN = 200

NATIVE = frozenset(
    {
        "duckdb",
        "_awscrt",
        "_duckdb",
        "awscrt",
        "grpc",
        "mysql",
        "MySQLdb",
        "psycopg",
        "psycopg2",
        "pyarrow",
        "pycurl",
        "pymssql",
        "pyodbc",
        "uvloop",
        "zmq",
    }
)
"""Libraries that connect without a word to Python's audit hooks, among those that the emulators try to import."""


class OutgoingRefusedError(ConnectionRefusedError):
    """The server was told to connect elsewhere."""


def refuse_outgoing(port: int) -> None:
    """Have this process connect to its own `port` alone, from now on: a hook cannot be taken away again.

    To be called before any of those libraries is loaded.
    """
    sys.modules.update(dict.fromkeys(NATIVE))  # pyright: ignore[reportArgumentType, reportCallIssue]  (None: no import)
    sys.addaudithook(_hook(port))


def _hook(port: int) -> Callable[[str, tuple[Any, ...]], None]:
    def connect(_: object, address: object) -> str:
        return "" if address == (HOST, port) else _shown(address)

    def send(_: object, address: object = None) -> str:
        return "" if address is None else _shown(address)

    checks: dict[str, Callable[..., str]] = {
        "socket.connect": connect,
        "socket.sendto": send,
        "socket.sendmsg": send,
        "socket.getaddrinfo": _resolves,
        "socket.gethostbyname": _resolves,
        "socket.gethostbyaddr": _resolves_back,
        "socket.getnameinfo": _resolves_back,
        "urllib.Request": _opens,
    }

    def look(event: str, details: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is None:
            return
        refused = check(*details)
        if not refused:
            return
        _log.warning("refused to connect to %s: the local AWS connects to nothing but itself", refused)
        raise OutgoingRefusedError(f"The local AWS connects to nothing but itself, and not to {refused}.")

    return look


def _resolves(host: object, *_: object) -> str:
    """Return a name that would be asked of a name server: what is asked for could carry data away."""
    name = host.decode("latin-1") if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost"):
        return ""
    try:
        ipaddress.ip_address(str(name))
    except ValueError:
        return _shown(name)
    return ""


def _resolves_back(address: object, *_: object) -> str:
    return _shown(address)


def _opens(url: object, *_: object) -> str:
    """Return a URL that is not HTTP: urllib reads files by `file:` and by names that lead to them."""
    return "" if urlsplit(str(url)).scheme.lower() in ("http", "https") else _shown(url)


def _shown(destination: object) -> str:
    return ascii(destination)[:_LONGEST_SHOWN]
