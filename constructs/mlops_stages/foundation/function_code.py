"""The code of Lambda functions, as one archive that is the same bytes wherever it is made."""

import base64
import hashlib
import importlib.metadata
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePosixPath

from aws_cdk import FileAssetPackaging, Stack, Stage
from constructs import IConstruct

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows
_FILE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)[^;]*")
_OF_THE_INSTALLER = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_COMPILED = (".so", ".pyd", ".dylib", ".dll")


@dataclass(frozen=True, kw_only=True)
class CodeLocation:
    """Where the deploy puts an archive: a bucket of the bootstrap, and a key that is the archive's own hash."""

    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class FunctionCode:
    """Python code, and installed distributions that it imports, in one zip file.

    No Docker, no package index and no clock: the files are stored as they are, in order, all of one age. A folder lies
    in the archive under its own name, so that a handler is `FOLDER.MODULE.handler`. boto3 is Lambda's own.

    Attributes:
        paths: modules, and folders, of which every `.py` file is taken, at whatever depth.
        under: the folder of the archive that they lie in, such as `mlops_stages/runtime` for code that is imported by
            that name; it needs no `__init__.py`.
        distributions: names of installed packages, those that they require included; each file is compared with the
            SHA-256 that its wheel came with.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """

    paths: Sequence[Path]
    under: str = ""
    distributions: Sequence[str] = ()

    @cached_property
    def content(self) -> bytes:
        """The archive.

        Raises:
            ValueError: `FND-090` for a path that is no Python code, or one that is given twice; `FND-091` for a
                distribution that is not installed, or one that it requires and that is not named; `FND-092` for a file
                of it that is not what its wheel came with; `FND-093` for compiled code.
        """
        files: dict[str, bytes] = {}
        for name, content in (*self._of_paths(), *self._of_distributions()):
            if name in files:
                message = f"FND-090: {name} is there twice; give each path and distribution once"
                raise ValueError(message)
            files[name] = content
        archive = BytesIO()
        # Stored: compressed bytes differ from one zlib to another.
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as writer:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _FIXED_TIME)
                entry.external_attr = _FILE
                entry.create_system = _UNIX
                writer.writestr(entry, files[name])
        return archive.getvalue()

    @cached_property
    def sha256(self) -> str:
        """The archive's hash, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    def placed(self, scope: IConstruct) -> CodeLocation:
        """Write the archive into the cloud assembly, as an asset of the stack that `scope` is in; once a stack.

        Raises:
            ValueError: `FND-094` where `scope` is in no app.
        """
        name = f"asset.{self.sha256}.zip"
        path = asset_folder(scope) / name
        if not path.exists():
            path.write_bytes(self.content)
        asset = Stack.of(scope).synthesizer.add_file_asset(
            source_hash=self.sha256, file_name=name, packaging=FileAssetPackaging.FILE
        )
        return CodeLocation(bucket=asset.bucket_name, key=asset.object_key)

    def _of_paths(self) -> Iterator[tuple[str, bytes]]:
        for given in self.paths:
            files = sorted(given.rglob("*.py")) if given.is_dir() else [given] if given.suffix == ".py" else []
            if not files:
                message = f"FND-090: {given} is no Python code; give a module, or the folder of a package"
                raise ValueError(message)
            for file in files:
                yield PurePosixPath(self.under, *file.relative_to(given.parent).parts).as_posix(), file.read_bytes()

    def _of_distributions(self) -> Iterator[tuple[str, bytes]]:
        named = {_canonical(name) for name in self.distributions}
        for name in self.distributions:
            try:
                distribution = importlib.metadata.distribution(name)
            except importlib.metadata.PackageNotFoundError as error:
                message = f"FND-091: the distribution {name} is not installed; run `make setup`"
                raise ValueError(message) from error
            for requirement in distribution.requires or ():
                found = _REQUIREMENT.fullmatch(requirement)  # None for what an extra or a marker asks for
                if found is not None and _canonical(found[1]) not in named:
                    message = f"FND-091: {name} requires {found[1]}; name it among the distributions"
                    raise ValueError(message)
            yield from _files_of(name, distribution)


def asset_folder(scope: IConstruct) -> Path:
    """The folder of the cloud assembly that archives of `scope` go to; ValueError where it is in no app."""
    stage = Stage.of(scope)
    if stage is None:
        message = "FND-094: code can be placed in an app only; put the construct into a stack of one"
        raise ValueError(message)
    return Path(stage.asset_outdir)


def _files_of(name: str, distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    for file in distribution.files or ():
        # Neither scripts, which lie outside, nor what an installer adds: it has no hash, or says who installed.
        if ".." in file.parts or file.hash is None or file.suffix == ".pyc" or file.name in _OF_THE_INSTALLER:
            continue
        if file.name.endswith(_COMPILED):
            message = f"FND-093: {name} holds compiled code ({file}), which is of one machine; use pure Python"
            raise ValueError(message)
        content = Path(str(file.locate())).read_bytes()
        found = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).decode().rstrip("=")
        if found != file.hash.value:
            message = f"FND-092: {file} is not what {name} was installed with; install it again"
            raise ValueError(message)
        yield file.as_posix(), content


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
