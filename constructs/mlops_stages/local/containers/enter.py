"""Makes a container of Linux namespaces where bubblewrap is not at hand; `init.py` then runs the command in it.

Standard library only, run with `python -I -S`. Two ways in, by who runs it: root makes the mounts as itself and then
becomes an id that owns nothing; an ordinary user makes them in a user namespace. After both there is one user, without
rights, over mounts that it cannot undo.

https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from importlib.machinery import SourceFileLoader
from typing import Any, NoReturn

# By its path: this package is not on the path of an isolated interpreter.
init: Any = SourceFileLoader("init", os.path.join(os.path.dirname(os.path.abspath(__file__)), "init.py")).load_module()  # noqa: PTH100, PTH118, PTH120

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS, _CLONE_NEWCGROUP, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND, _MS_REC = 1, 2, 4, 8, 32, 4096, 16384
_MS_PRIVATE = 1 << 18
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE, _AT_EMPTY_PATH = -100, 0x8000, 0x1000
_SYS_MOUNT_SETATTR = 442
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 1, 2, 4
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_DEVICES = ("null", "zero", "full", "random", "urandom")
_KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "driver")
_KERNEL_SECRETS = ("kcore", "keys", "key-users", "timer_list", "sched_debug", "kmsg", "kallsyms")
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or a part of one. Raises OSError."""
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    if _LIBC.mount(*words, ctypes.c_ulong(flags), None if options is None else options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


def tmpfs(target: str, size: int, owner: int, mode: str) -> None:
    """Mount an empty file system of at most `size` bytes."""
    os.makedirs(target, exist_ok=True)  # noqa: PTH103  # pathlib is slow to import; so below
    inodes = max(1024, size // 4096)
    options = f"size={size},nr_inodes={inodes},mode={mode},uid={owner},gid={owner}"
    mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, options)


def bind(source: str, target: str, *, writable: bool) -> None:
    """Show a file or directory of the machine at `target`: never its devices, never with set-user-id."""
    if os.path.isdir(source):  # noqa: PTH112
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(source, target, None, _MS_BIND | _MS_REC)
    _set_attributes(target, _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV | (0 if writable else _MOUNT_ATTR_RDONLY))


def _set_attributes(target: str, wanted: int) -> None:
    """mount_setattr(2) with all that is mounted below; on Linux before 5.12 each mount in turn."""
    attributes = struct.pack("QQQQ", wanted, 0, 0, 0)
    number = ctypes.c_long(_SYS_MOUNT_SETATTR)
    if _LIBC.syscall(number, _AT_FDCWD, target.encode(), _AT_RECURSIVE, attributes, ctypes.c_size_t(32)) == 0:
        return
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:  # noqa: PTH123
        fields = [line.split(" ") for line in stream]
    flags = {"ro": _MS_RDONLY, "nosuid": _MS_NOSUID, "nodev": _MS_NODEV, "noexec": _MS_NOEXEC, "noatime": 1024}
    flags |= {"relatime": 1 << 21, "nodiratime": 2048}
    for _id, _parent, _device, _root, place, options, *_rest in fields:
        path = place.encode("utf-8", "surrogateescape").decode("unicode_escape")
        if path == target or path.startswith(f"{target}/"):
            kept = sum(flags.get(option, 0) for option in options.split(","))
            mount("none", path, None, _MS_REMOUNT | _MS_BIND | kept | wanted)


def machine(specification: dict[str, Any], owner: int) -> None:
    """Make what the container sees below `specification["root"]`, an empty directory, and go there for good."""
    root: str = specification["root"]
    mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=4m,nr_inodes=4096,mode=755")
    _devices(root)
    for target, size, mode in specification["scratch"]:
        tmpfs(root + target, size, owner, mode)
    for target, source in specification["readable"]:
        bind(source, root + target, writable=False)
    for target, link in specification["links"]:
        os.makedirs(os.path.dirname(root + target), exist_ok=True)  # noqa: PTH103, PTH120
        os.symlink(link, root + target)  # noqa: PTH211
    for target, text in specification["files"]:
        os.makedirs(os.path.dirname(root + target), exist_ok=True)  # noqa: PTH103, PTH120
        with open(root + target, "w", encoding="utf-8") as stream:  # noqa: PTH123
            stream.write(text)
        os.chmod(root + target, 0o444)  # noqa: PTH101
    for target, source in specification["writable"]:
        bind(source, root + target, writable=True)
    os.makedirs(f"{root}/proc")  # noqa: PTH103
    mount("proc", f"{root}/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    os.chdir(root)
    if _LIBC.pivot_root(b".", b".") != 0 or _LIBC.umount2(b".", _MNT_DETACH) != 0:
        raise OSError(ctypes.get_errno(), "pivot_root")
    os.chdir("/")
    mount("none", "/dev", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NOEXEC)
    mount("none", "/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _devices(root: str) -> None:
    os.makedirs(f"{root}/dev")  # noqa: PTH103
    mount("tmpfs", f"{root}/dev", "tmpfs", _MS_NOSUID | _MS_NOEXEC, "size=64k,mode=755")
    for name in _DEVICES:
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o644))
        mount(f"/dev/{name}", f"{root}/dev/{name}", None, _MS_BIND)
    for name, link in _LINKS.items():
        os.symlink(link, f"{root}/dev/{name}")  # noqa: PTH211


def close_kernel() -> None:
    """Let nobody inside change a setting of the kernel, read its memory's names, or make more user namespaces."""
    with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as stream:  # noqa: PTH123
        stream.write("0")
    for name in _KERNEL_SETTINGS:
        path = f"/proc/{name}"
        if os.path.lexists(path):
            mount(path, path, None, _MS_BIND | _MS_REC)
            flags = _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
            mount("none", path, None, _MS_REMOUNT | _MS_BIND | flags)
    for name in _KERNEL_SECRETS:
        if os.path.lexists(f"/proc/{name}"):
            mount("/dev/null", f"/proc/{name}", None, _MS_BIND)


def loopback() -> None:
    """Switch the container's own loopback interface on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", request)[1] | _IFF_UP
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags))


def main() -> NoReturn:
    """Enter the namespaces, wait outside for their first process, and end as it ends."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    specification = init.read(control)
    user: int | None = specification["user"]
    first = -1
    private = _CLONE_NEWNS | _CLONE_NEWCGROUP | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
    try:
        os.umask(0o022)
        if user is None:
            init.own_users(specification["inside"], private)
        else:
            init.unshare(private)
        socket.sethostname("container")
        first = os.fork()
        if first == 0:
            loopback()
            if user is None:
                machine(specification, specification["inside"])
            else:
                machine(specification, user)
                init.become(user)
                init.own_users(specification["inside"], _CLONE_NEWNS)
            close_kernel()
    except BaseException as error:  # whatever it is, nothing of the command may run
        init.refuse(control, error)
    if first == 0:
        init.run(specification, control)
    control.close()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # the server tells the first process
    code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
