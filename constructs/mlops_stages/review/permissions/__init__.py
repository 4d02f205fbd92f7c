"""Whether permissions become broader from one set of templates to the next, by what they mean."""

from mlops_stages.review.permissions.comparison import CODES, Finding, compare
from mlops_stages.review.permissions.templates import Template, read

__all__ = ["CODES", "Finding", "Template", "compare", "read"]
