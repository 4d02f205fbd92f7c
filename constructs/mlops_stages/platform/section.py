"""What every part of platform.yaml has in common."""

from pydantic import BaseModel, ConfigDict

_SHORT = {"usd": "USD", "vpc": "VPC", "arn": "ARN", "cidr": "CIDR", "mfa": "MFA", "sla": "SLA"}


def _title(key: str, _: object) -> str:
    words = " ".join(_SHORT.get(word, word) for word in key.split("_"))
    return words[:1].upper() + words[1:]


class Section(BaseModel):
    """A map in platform.yaml: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        defer_build=True,  # a part's schema is built within the whole's, on first use: importing stays cheap
        field_title_generator=_title,
    )
