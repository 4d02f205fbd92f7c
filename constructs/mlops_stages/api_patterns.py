"""The patterns of AWS's API models, which are Java's, judged without backtracking.

Look-around, which the linear engine lacks, is taken apart: a text must match one expression and may match no other.
The few models that have it are listed by pattern; one that is not listed is not judged, and a test finds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mlops_stages.expressions import Expression, ExpressionError, compiled

LONGEST = 1_048_576
"""Characters of a text that any pattern is asked about, whatever maximum its shape has."""

LONGEST_WITHOUT_MAXIMUM = 65_536
"""Characters of a text that has a pattern, and no maximum in the model."""

_MOST_REPEATS = 1000
"""What RE2 takes in one `{m,n}`; more is written as several in a row."""

_ONE_KIND = re.compile(r"\^?(\[(?:[^\]\\]|\\.)++\]|\.|\\S)\{(\d{1,5}),(\d{1,5})\}\$?")
"""A pattern that repeats one kind of character: how often is the text's length, which needs no engine."""

_REPEAT = re.compile(r"(\[(?:[^\]\\]|\\.)++\]|\([^()]*+\)|\\.|[^\\)\]])\{(\d{1,5}),(\d{1,5})\}")

_JAVA = (
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10ffff}"),
    (r"\uD800\uDBFF-\uDC00\uDFFF", r"\x{10000}-\x{10ffff}"),
    (r"\p{Alnum}", "[:alnum:]"),
    (r"\p{ASCII}", r"\x00-\x7f"),
    (r"\p{Graph}", r"\x21-\x7e"),
    (r"\p{Print}", r"\x20-\x7e"),
    (r"\p{IsAlphabetic}", r"\p{L}\p{Nl}"),
    (r"\p{IsWhitespace}", r"\s\x0b\x1c-\x1f\x{85}\p{Z}"),
)
"""Java's names of characters that RE2 calls otherwise; for inside of brackets."""

_BRACKETS = re.compile(r"\[(?:[^\]\\]|\\.)*+\]|\\p\{\w+\}")
"""A class of characters, or a name of some that stands alone."""


@dataclass(frozen=True)
class Pattern:
    """A pattern taken apart: what the whole text must match, and what it may not, each an expression."""

    must: tuple[Expression, ...]
    must_not: tuple[Expression, ...] = ()
    length: tuple[int, int] = (0, LONGEST)

    def matches(self, text: str) -> bool:
        """Whether a text, as a whole, is what the model asks for."""
        least, most = self.length
        return (
            least <= len(text) <= most
            and all(each.matches(text) for each in self.must)
            and not any(each.matches(text) for each in self.must_not)
        )


_ARN_OR_NAME = r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*/)?[a-zA-Z0-9][a-zA-Z0-9\-]{0,62}"
_DURATION = (
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    r"-?P(\d|T\d).*",
)
_APART: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # sagemaker
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*/)?([a-zA-Z0-9]([a-zA-Z0-9\-]){0,62})(?<!-)": (
        (_ARN_OR_NAME,),
        (r"(?s).*-",),
    ),
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)": (
        (_ARN_OR_NAME,),
        (r"(?s).*-",),
    ),
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)"
    r"(\/[0-9]{1,9})?": ((rf"{_ARN_OR_NAME}(/[0-9]{{1,9}})?",), (r".*-(/[0-9]{1,9})?",)),
    r"(?!\s*$).+": ((r".+",), (r"\s*",)),
    r"https://([.\-_a-zA-Z0-9]+/?){3,1016}": (  # no look-around: 1,016 parts of any length are slow even for RE2
        (r"https://([.\-_a-zA-Z0-9]+/?)+", r"https://[.\-_a-zA-Z0-9](/?[.\-_a-zA-Z0-9]){2}.*"),
        (),
    ),
    r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?": ((r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",), ()),
    # scheduler
    r"^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$": (
        (r"[/.\-_A-Za-z0-9].*|\$(\.[\w-]+(\[(\d+|\*)\])*)*",),
        (r"aws\..*",),
    ),
    # ec2, iam
    r"^(?=.{20,2048}$)arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-zA-Z0-9/_+=.@-]+": (
        (r".{20,2048}", r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-zA-Z0-9/_+=.@-]+"),
        (),
    ),
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": ((r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",), (r".*--.*",)),
    # sagemaker again
    r"(?=.{1,256}$)arn:aws[a-z\-]*:cloudformation:[a-z0-9\-]*:[0-9]{12}:stack/[a-zA-Z][a-zA-Z0-9-]{0,127}/.*": (
        (r".{1,256}", r"arn:aws[a-z\-]*:cloudformation:[a-z0-9\-]*:[0-9]{12}:stack/[a-zA-Z][a-zA-Z0-9-]{0,127}/.*"),
        (),
    ),
    r"(?=.{1,32}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*": ((r".{1,32}", r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"), ()),
    r"(?=.{1,1024}$)(https)://([^/]+)/(.+)": ((r".{1,1024}", r"https://[^/]+/.+"), ()),
    r"(?=.{1,255}$)([a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?)*": (
        (r".{1,255}", r"[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?)*"),
        (),
    ),
    r"/(?!.*\.\.)[a-zA-Z0-9/_.\-]+": ((r"/[a-zA-Z0-9/_.\-]+",), (r"(?s)/.*\.\..*",)),
    r"(?!^[.-])^([a-zA-Z0-9-_.]+)": ((r"[a-zA-Z0-9\-_.]+",), (r"(?s)[.-].*",)),
    # sagemaker-runtime, application-autoscaling
    r"^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9-_\.]*$": ((r"[a-zA-Z0-9][a-zA-Z0-9\-_.]*",), (r".*\..*\..*",)),
    r"^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$": ((r"[a-zA-Z0-9!_.*'()/-]+",), ()),
    r"(?!((^[ ]+.*)|(.*([\u0000-\u001f]|[\u007f-\u009f]|[:/|])+.*)|(.*[ ]+$))).+": (
        (r".+",),
        (r" .*|.*[\u0000-\u001f\u007f-\u009f:/|].*|.* ",),
    ),
    # events, stepfunctions
    r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": ((r"[a-zA-Z0-9_\-.]+", r".*[a-zA-Z_\-.].*"), ()),
    r"^(?!\s*$).+": ((r".+",), (r"\s*",)),
    # glue
    r"^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$": ((r"[A-Za-z]\w*|_\w*[a-zA-Z0-9]\w*",), ()),
    r"^(?!(.*[.\/\\]|aws:)).*$": ((r".*",), (r".*[./\\].*|aws:.*",)),
    # chatbot
    r"(^$|(?!.*\/aws-service-role\/.*)arn:aws:iam:[A-Za-z0-9_\/.-]{0,63}:[A-Za-z0-9_\/.-]{0,63}:[A-Za-z0-9]"
    r"[A-Za-z0-9:_\/+=,@.-]{0,1023})": (
        (r"(arn:aws:iam:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023})?",),
        (r".*/aws-service-role/.*",),
    ),
    # ce, budgets, sso-admin
    r"^(?! )[\p{L}\p{N}\p{Z}-_]*(?<! )$": ((r"[\p{L}\p{N}\p{Z}\-_]*",), (r" .*|.* ",)),
    r"^(?![^:\\]*/action/|(?i).*<script>.*</script>.*)[^:\\]+$": (
        (r"[^:\\]+",),
        (r"[^:\\]*/action/(?s:.*)", r"(?i).*<script>.*</script>(?s:.*)"),
    ),
    r"(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?": (
        _DURATION,
        (),
    ),
}


def taken_apart() -> tuple[str, ...]:
    """Return the patterns that are not judged as they are written."""
    return tuple(_APART)


@lru_cache(maxsize=1024)
def pattern(model: str) -> Pattern | None:
    """Return a pattern of an API model; None for one that cannot be judged without backtracking."""
    must, must_not = _APART.get(model, ((model,), ()))
    length = (0, LONGEST)
    if (repeated := _ONE_KIND.fullmatch(model)) is not None:
        must, length = (f"{repeated[1]}*",), (int(repeated[2]), int(repeated[3]))
    try:
        return Pattern(
            tuple(compiled(_translated(each)) for each in must),
            tuple(compiled(_translated(each)) for each in must_not),
            length,
        )
    except ExpressionError:
        return None


def _translated(model: str) -> str:
    text = _BRACKETS.sub(lambda found: _renamed(found[0]), model)
    text = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", text)
    return _REPEAT.sub(_in_parts, text)


def _renamed(characters: str) -> str:
    """Return a class, or a name that stands alone, with RE2's names."""
    text = characters
    for java, linear in _JAVA:
        text = text.replace(java, linear)
    return f"[{text}]" if text != characters and not characters.startswith("[") else text


def _in_parts(found: re.Match[str]) -> str:
    repeated, least, most = found[1], int(found[2]), int(found[3])
    text = ""
    while most > _MOST_REPEATS:
        text += f"{repeated}{{{min(least, _MOST_REPEATS)},{_MOST_REPEATS}}}"
        least, most = max(0, least - _MOST_REPEATS), most - _MOST_REPEATS
    return f"{text}{repeated}{{{least},{most}}}"
