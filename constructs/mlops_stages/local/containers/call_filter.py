"""System calls that no command in a container needs, as a seccomp filter.

libseccomp makes it (LGPL-2.1, on nearly every Linux: systemd and apt load it). Where that library is missing the filter
is empty, and `available` says so.

The list follows Docker's default profile: what is refused there without a capability, refused here altogether.
https://docs.docker.com/engine/security/seccomp/
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import tempfile

_LIBRARY = "libseccomp.so.2"
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_UNKNOWN = -1
"""What libseccomp says of a name that this machine's kernel does not have."""

_EQUAL, _AT_LEAST, _MASKED_EQUAL = 4, 5, 7  # enum scmp_compare; _AT_LEAST is SCMP_CMP_GE
_REFUSED = (
    *("acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module"),
    *("fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter"),
    *("io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl"),
    *("lookup_dcookie", "mount", "mount_setattr", "move_mount", "name_to_handle_at", "open_by_handle_at", "open_tree"),
    *("perf_event_open", "pidfd_getfd", "pivot_root", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl"),
    *("quotactl_fd", "reboot", "request_key", "sethostname", "setdomainname", "setns", "settimeofday", "stime"),
    *("swapoff", "swapon", "syslog", "umount", "umount2", "unshare", "userfaultfd", "uselib", "vhangup"),
)
_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""The flags of clone(2) that make a namespace. clone3 hides its flags, so it is said not to exist: libc uses clone."""

_FAMILIES = frozenset({1, 2, 10, 16})
"""Of sockets: unix, the two of IP, and netlink, by which libc asks for addresses. AF_VSOCK reaches a virtual machine's
host past every network namespace."""

_LAST_FAMILY = 64
_FORGED_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX


class _Argument(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


@functools.cache
def program() -> bytes:
    """Return the filter as the kernel takes it; empty where libseccomp is missing."""
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return b""
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Argument))
    ]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(_ALLOW)
    try:
        for name in _REFUSED:
            _refuse(library, context, name)
        for flag in _NAMESPACES:
            _refuse(library, context, "clone", _Argument(0, _MASKED_EQUAL, flag, flag))
        _refuse(library, context, "clone3", number=errno.ENOSYS)
        for family in range(_LAST_FAMILY):
            if family not in _FAMILIES:
                _refuse(library, context, "socket", _Argument(0, _EQUAL, family, 0), number=errno.EAFNOSUPPORT)
        _refuse(library, context, "socket", _Argument(0, _AT_LEAST, _LAST_FAMILY, 0), number=errno.EAFNOSUPPORT)
        for request in _FORGED_INPUT:
            _refuse(library, context, "ioctl", _Argument(1, _MASKED_EQUAL, 0xFFFFFFFF, request))
        with tempfile.TemporaryFile() as exported:
            if library.seccomp_export_bpf(context, exported.fileno()) != 0:
                return b""
            return os.pread(exported.fileno(), 1 << 20, 0)
    finally:
        library.seccomp_release(context)


def available() -> bool:
    """Say whether system calls are filtered on this machine."""
    return bool(program())


def _refuse(library: ctypes.CDLL, context: int, name: str, *arguments: _Argument, number: int = errno.EPERM) -> None:
    call: int = library.seccomp_syscall_resolve_name(name.encode())
    if call == _UNKNOWN:
        return
    compared = (_Argument * len(arguments))(*arguments)
    code: int = library.seccomp_rule_add_array(context, _ERRNO | number, call, len(arguments), compared)
    if code not in (0, -errno.EEXIST, -errno.EDOM):
        raise OSError(-code, f"seccomp: {name}: {os.strerror(-code)}")
