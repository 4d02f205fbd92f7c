"""What every part of platform.yaml has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A map in platform.yaml: nothing unknown, nothing converted, nothing changed afterwards."""

    # The schema of a part is built within that of the whole, on first use: importing stays cheap.
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
