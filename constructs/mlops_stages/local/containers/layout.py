"""What is in a container besides what its caller gives: a Python environment, the system's libraries, a bare /etc."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

USER = 1000
"""The id of everybody in a container; it has no rights, and owns nothing outside."""

HOME = "/home/sagemaker"
_SYSTEM = ("/usr", "/nix/store")
_MERGED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
_CERTIFICATES = ("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted")
_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
_MOST_LINKS = 40
FILES: Mapping[str, str] = {
    "/etc/passwd": f"root:x:0:0:root:/:/usr/sbin/nologin\nsagemaker:x:{USER}:{USER}:sagemaker:{HOME}:/bin/sh\n",
    "/etc/group": f"root:x:0:\nsagemaker:x:{USER}:\n",
    "/etc/hosts": "127.0.0.1 localhost container algo-1\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
"""Names, and nothing that tells of this machine: no shadow, no resolver, no host."""


@functools.cache
def system() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the system's read-only paths, and its symbolic links, by where they are in a container."""
    readable = {path: path for path in (*_SYSTEM, *_SETTINGS, *_CERTIFICATES) if Path(path).exists()}
    links: dict[str, str] = {}
    for path in _MERGED:
        if Path(path).is_symlink():
            links[path] = str(Path(path).readlink())
        elif Path(path).is_dir():
            readable[path] = path
    return readable, links


def environment(python: Path) -> Mapping[str, str]:
    """Return the read-only paths of an interpreter, of its environment and of the interpreter that this stands on.

    Of a prefix only what Python needs: it may be somebody's home directory.
    """
    found: dict[str, str] = {}
    for prefix in _prefixes(python):
        for path in (prefix / part for part in _PARTS):
            if path.exists() and not path.is_symlink():
                found[str(path)] = str(path.resolve())
    for link in _links(python):
        if not any(Path(place) in link.parents for place in found):
            found[str(link)] = str(python.resolve())
    return {place: source for place, source in found.items() if not _is_of_the_system(Path(place))}


def _prefixes(python: Path) -> list[Path]:
    named = [python.parent.parent, *(link.parent.parent for link in _links(python)), Path(sys.base_prefix)]
    both = [each for prefix in named for each in (prefix, prefix.resolve())]
    return [prefix for prefix in dict.fromkeys(both) if _holds_python(prefix)]


def _holds_python(prefix: Path) -> bool:
    return (prefix / "pyvenv.cfg").exists() or any(prefix.glob("lib*/python3*/os.py"))


def _links(python: Path) -> Iterator[Path]:
    """Yield an interpreter and what it is a symbolic link to, one after another."""
    yield python
    seen = 0
    while python.is_symlink() and seen < _MOST_LINKS:
        python = Path(os.path.normpath(python.parent / python.readlink()))
        seen += 1
        yield python


def _is_of_the_system(path: Path) -> bool:
    return any(Path(place) in path.parents for place in _SYSTEM)


def interpreter() -> str:
    """Return the interpreter that makes containers: the one under ours, which nothing that pip installs has touched."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return str(base) if base.exists() else os.path.realpath(sys.executable)
