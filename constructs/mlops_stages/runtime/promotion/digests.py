"""What is approved: bytes, not names. What a version says of itself, and what its bytes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlops_stages.runtime import registered_model
from mlops_stages.runtime.registered_model import Home, RegisteredModelError, S3Objects

from .aws import Aws
from .codes import PromotionError, shown
from .settings import Settings

_NAMES = {
    "model_sha256": "model-sha256",
    "image_digest": "image-digest",
    "evaluation_sha256": "evaluation-sha256",
}


@dataclass(frozen=True, kw_only=True)
class Digests:
    """The digests of a version's model, image and evaluation."""

    model_sha256: str
    image_digest: str
    evaluation_sha256: str

    def to_dict(self) -> dict[str, str]:
        """As the ledger has them."""
        return asdict(self)


def said(described: Mapping[str, Any], where: str) -> Digests:
    """The digests that a version says of itself; IAM lets nobody change them. Error: PRM-020."""
    metadata = dict[str, Any](described.get("CustomerMetadataProperties") or {})
    found = {name: metadata.get(key) for name, key in _NAMES.items()}
    missing = [key for name, key in _NAMES.items() if not isinstance(found[name], str)]
    if missing:
        raise PromotionError("PRM-020", where, f"its metadata lack {', '.join(missing)}")
    return Digests(**{name: str(value) for name, value in found.items()})


def computed(described: Mapping[str, Any], settings: Settings, aws: Aws) -> tuple[Digests, Mapping[str, Any]]:
    """The digests of what is there, and the evaluation; every byte is read. Error: PRM-020."""
    where = str(described.get("ModelPackageArn"))
    promise = settings.promise
    commit = str(dict[str, Any](described.get("CustomerMetadataProperties") or {}).get("commit", ""))
    image = registered_model.image_of(aws.client("ecr"), settings.image_repository, settings.account, commit)
    try:
        evaluation = registered_model.verify(
            described,
            home=Home(artifacts=settings.artifacts, model=settings.model, images=settings.images),
            objects=S3Objects(aws.client("s3")),
            image_of_commit=image,
            promise=None
            if promise.metric is None
            else registered_model.Promise(metric=promise.metric, value=promise.value, at_least=promise.at_least),
        )
    except RegisteredModelError as error:
        told = "; ".join(f"{each.code} {shown(each.message)}" for each in error.differences)
        raise PromotionError("PRM-020", where, told) from error
    return said(described, where), evaluation


def refuse_others(where: str, found: Digests, approved: Mapping[str, Any]) -> None:
    """Refuse what is not what was approved. Error: PRM-021."""
    differing = [name for name, value in found.to_dict().items() if approved.get(name) != value]
    if differing:
        raise PromotionError("PRM-021", where, f"{', '.join(differing)} differ from what was approved")
