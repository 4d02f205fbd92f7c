"""The first program of a container: takes what is left of its own rights, then runs the command and waits for it.

Standard library only, and no import of ours: it runs where nothing else of this package is. `enter.py` calls it, or
bubblewrap starts it with `python -I -S -c`. What to do comes as JSON over the control socket, whose other end is
the server's: through it the container hands out a listening socket and connections to its own ports, and is told to
end.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any, NoReturn

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 4, 1, 22, 24
_PR_SET_SECUREBITS, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 28, 38, 47, 4
_SECUREBITS = 0xEF
"""Root has no rights by its id, ids give none back, ambient ones are not raised, and all of that is locked."""

_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER = 0x10000000
_CAPABILITY_VERSION_3 = 0x20080522
_INSTRUCTION_BYTES = 8
_SETUP_FAILED = 125
_NOT_FOUND = 127
_STANDARD = 3
_ACCEPTED_S = 0.25
"""Within which a program must accept a connection, as SageMaker demands of one that serves."""

_LIMITS = ("RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC")

Specification = dict[str, Any]


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def read(control: socket.socket) -> Specification:
    """Return what to do: a line with the length of the JSON that follows."""
    with control.makefile("rb", buffering=0) as stream:
        length = int(stream.readline())
        content = b""
        while len(content) < length:
            part = stream.read(length - len(content))
            if not part:
                sys.exit(_SETUP_FAILED)
            content += part
    return json.loads(content)


def refuse(control: socket.socket, error: BaseException) -> NoReturn:
    """Tell the server why there is no container, and end."""
    control.sendall(b"E" + f"{type(error).__name__}: {error}".encode()[:2000])
    os._exit(_SETUP_FAILED)


def become(user: int) -> None:
    """Leave root for an id that owns nothing."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    prctl(_PR_SET_DUMPABLE, 1)  # else /proc/self/uid_map would still be root's


def own_users(inside: int, flags: int = 0) -> None:
    """Go into a user namespace that knows this user only, under the id that it has inside."""
    user, group = os.geteuid(), os.getegid()
    unshare(_CLONE_NEWUSER | flags)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inside} {user} 1"), ("gid_map", f"{inside} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as stream:  # noqa: PTH123  # pathlib is slow to import
            stream.write(text)


def unshare(flags: int) -> None:
    """Leave namespaces of the machine. Raises OSError."""
    if _LIBC.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), f"unshare: {os.strerror(ctypes.get_errno())}")


def prctl(option: int, *values: int) -> None:
    """Set an attribute of this process. Raises OSError."""
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _LIBC.prctl(option, *arguments) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def run(specification: Specification, control: socket.socket) -> NoReturn:
    """Restrict this process for good, then run the command as a child, until it ends or the server says so."""
    try:
        _drop_rights()
        prctl(_PR_SET_DUMPABLE, 0)  # the command is of the same user, and may not write this one's memory
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        waking, woken = socket.socketpair()
        for end in (waking, woken):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        _tell_ready(specification, control)
        child = os.fork()
    except BaseException as error:  # whatever it is, nothing of the command may run
        refuse(control, error)
    if child == 0:
        _become_command(specification)
    os._exit(_wait(child, control, waking))


def _tell_ready(specification: Specification, control: socket.socket) -> None:
    port = specification["port"]
    if port is None:
        control.sendall(b"R")
        return
    with socket.create_server(("127.0.0.1", port), backlog=128) as listening:
        socket.send_fds(control, [b"L"], [listening.fileno()])


def _drop_rights() -> None:
    capabilities = range(64)
    for capability in capabilities:
        _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for those that this kernel has not, or we
    _LIBC.prctl(_PR_SET_SECUREBITS, _SECUREBITS, 0, 0, 0)  # for whoever may
    _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    if _LIBC.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    with open("/proc/self/status", encoding="ascii") as stream:  # noqa: PTH123
        status = dict(line.split(":", 1) for line in stream if ":" in line)
    held = [name for name in ("CapInh", "CapPrm", "CapEff", "CapAmb") if int(status[name], 16)]
    if held or not int(status["NoNewPrivs"]):
        raise PermissionError(f"rights are left: {held}")


def _become_command(specification: Specification) -> NoReturn:
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.closerange(_STANDARD, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.umask(0o022)
        os.chdir(specification["directory"])
        for name in _LIMITS:
            wanted = specification["limits"][name]
            highest = resource.getrlimit(getattr(resource, name))[1]
            if highest != resource.RLIM_INFINITY:
                wanted = min(wanted, highest)
            resource.setrlimit(getattr(resource, name), (wanted, wanted))
        _filter_calls(bytes.fromhex(specification["filter"]))
        command = specification["command"]
        os.execvpe(command[0], command, specification["environment"])  # noqa: S606  # what a container is for
    except OSError as error:
        os.write(2, f"{specification['command'][0]}: {error.strerror}\n".encode())
    except BaseException as error:  # said where the command would say it
        os.write(2, f"the container cannot be closed: {error}\n".encode())
    os._exit(_NOT_FOUND)


def _filter_calls(program: bytes) -> None:
    """Refuse the system calls of the filter from here on; an empty one refuses none."""
    if program:
        loaded = _Program(len(program) // _INSTRUCTION_BYTES, program)
        prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(loaded))


def _wait(child: int, control: socket.socket, waking: socket.socket) -> int:
    ends = {end.fileno(): end for end in (control, waking)}
    poll = select.poll()  # select takes no descriptor past 1,023, and the server's may be there
    for descriptor in ends:
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _event in poll.poll():
            end = ends[descriptor]
            try:
                told = end.recv(1 if end is control else 64)
            except OSError:
                told = b""
            if end is control and not told:
                return 128 + signal.SIGKILL  # the server has gone, or wants an end of it
            if told == b"T":
                os.killpg(child, signal.SIGTERM)
            elif told == b"C":
                _connect(control, int.from_bytes(control.recv(2, socket.MSG_WAITALL)))
        code = _reap(child)
        if code is not None:
            return code


def _connect(control: socket.socket, port: int) -> None:
    """Hand out a connection to a port inside, where no one else comes to: there is no other network."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_ACCEPTED_S) as connection:
            connection.settimeout(None)
            socket.send_fds(control, [b"C"], [connection.fileno()])
    except OSError:
        control.sendall(b"N")


def _reap(child: int) -> int | None:
    """Take leave of what has ended; return the command's exit code if it has."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if not ended:
            return None


def main() -> NoReturn:
    """Run as the program of bubblewrap's container: the namespaces are there, the rights still have to go."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    specification = read(control)
    try:
        if specification["user"] is not None:
            become(specification["user"])
            own_users(specification["inside"])
    except BaseException as error:
        refuse(control, error)
    run(specification, control)


if __name__ == "__main__":
    main()
