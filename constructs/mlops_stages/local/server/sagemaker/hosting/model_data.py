"""What a container finds in /opt/ml/model: a model's data, fetched under its role and unpacked without trust in it."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from mlops_stages.local.containers import GIB
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.hosting.models import Content
from mlops_stages.local.server.sagemaker.jobs.storage import Storage
from mlops_stages.local.server.sagemaker.jobs.work import Download, StepError
from mlops_stages.local.server.sagemaker.jobs.workplace import Role

MOST_BYTES = 2 * GIB
MOST_FILES = 50_000
_DEEPEST = 60
_READABLE, _ENTERED, _RUN = 0o644, 0o755, 0o111


def fetch(content: Content, role: Role, home: Path, variant: str) -> Path:
    """Put a model's data below `home`, and return the directory that is /opt/ml/model. Raises HostingError."""
    model = home / "model"
    model.mkdir(mode=_ENTERED)
    model.chmod(_ENTERED)
    if content.data is None:
        return model
    try:
        if not content.packed:
            Storage(role).download(Download(uri=content.data, path="model", what="the model data"), model)
            _open_up(model)
            return model
        archive = home / "model.tar.gz"
        Storage(role).fetch(content.data, archive)
        with archive.open("rb") as packed:
            unpack(packed, model)
        archive.unlink()
    except StepError as error:
        message = (
            f"Failed to download model data for container in production variant {variant} from URL: {content.data}. "
            f"Please ensure that there is an object located at the URL, and that the role passed to CreateModel has "
            f"permissions to download it. ({error})"
        )
        raise HostingError(message) from error
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        message = (
            f"Failed to extract model data archive from URL {content.data}: it must be a tar.gz archive ({error})."
        )
        raise HostingError(message) from error
    return model


def unpack(packed: IO[bytes], target: Path) -> None:
    """Unpack an archive's files and directories; what is neither is refused, like a path that leads out of it.

    Raises ValueError, tarfile.TarError, OSError, EOFError.
    """
    left, files = MOST_BYTES, MOST_FILES
    with tarfile.open(fileobj=packed, mode="r|gz") as archive:
        for member in archive:
            left, files = left - max(member.size, 0), files - 1
            if left < 0 or files < 0:
                raise ValueError(f"more than {MOST_BYTES >> 20} MiB or {MOST_FILES} files")
            parts = tuple(part for part in PurePosixPath(member.name).parts if part != ".")
            if member.name.startswith("/") or ".." in parts or len(parts) > _DEEPEST:
                raise ValueError(f"{member.name[:200]!r} is not a path inside")
            place = target.joinpath(*parts)
            if member.isdir():
                _folder(place, target)
            elif member.isfile():
                _folder(place.parent, target)
                content = archive.extractfile(member)
                if content is not None:
                    with place.open("xb") as written:
                        shutil.copyfileobj(content, written)
                    place.chmod(_READABLE | (member.mode & _RUN))
            else:
                raise ValueError(f"{member.name[:200]!r} is neither a file nor a directory")


def _folder(place: Path, root: Path) -> None:
    """Make a directory and those above it, open to whoever the container runs as."""
    for folder in [*reversed(place.relative_to(root).parents), place.relative_to(root)]:
        (root / folder).mkdir(exist_ok=True)
        (root / folder).chmod(_ENTERED)


def _open_up(model: Path) -> None:
    for path in model.rglob("*"):
        path.chmod(_ENTERED if path.is_dir() else _READABLE)
