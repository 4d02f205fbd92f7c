"""What pydantic finds wrong, in the words of the person who wrote the file."""

from collections.abc import Iterator
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mlops_stages.platform.accounts import Accounts
from mlops_stages.platform.errors import Fault, Loc, escaped, path_text, shown
from mlops_stages.platform.fields import field_at, paths_by_key, sections_at, text_rule
from mlops_stages.platform.network import IMPORTED, OWN, SIGNS_OF_IMPORT, Networks
from mlops_stages.platform.section import Section
from mlops_stages.platform.suggest import nearest
from mlops_stages.platform.yaml_text import yaml_text
from mlops_stages.platform.yaml_tree import Tree

_NETWORKS = {OWN, IMPORTED}
_SIGN_INS = {"iam", "saml", "identity_center"}
_UNIONS: dict[Loc, set[str]] = {
    ("network",): _NETWORKS,
    **{("networks", purpose): _NETWORKS for purpose in Networks.model_fields},
    ("sign_in",): _SIGN_INS,
}
"""What pydantic puts into a place after these; it is no key of the file."""

_MOST_SUGGESTIONS = 100
"""A file with more unknown keys is no platform.yaml, and comparing words takes time."""

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a map of keys",
    "model_type": "a map of keys",
    "model_attributes_type": "a map of keys",
}


def translated(error: ValidationError, top: type[Section], tree: Tree) -> Iterator[Fault]:
    """A fault for each mistake, without those told already and those that only follow from another."""
    return _Translator(top, tree).faults(error)


class _Translator:
    def __init__(self, top: type[Section], tree: Tree) -> None:
        self._top = top
        self._tree = tree
        self._meant: dict[Loc, str] = {}

    def faults(self, error: ValidationError) -> Iterator[Fault]:
        details = [(_place(one["loc"]), one) for one in error.errors(include_url=False)]
        unknown = [loc for loc, one in details if one["type"] == "extra_forbidden"]
        for loc in unknown[:_MOST_SUGGESTIONS]:
            # A key of the other form (of a network, of a sign-in) is spelled right and means itself.
            is_misspelt = path_text(loc) not in paths_by_key(self._top).get(str(loc[-1]), ())
            near = nearest(str(loc[-1]), self._keys(loc[:-1])) if is_misspelt else None
            if near is not None:
                self._meant[loc] = near
        # A misspelt key is one mistake: the key that it should have been isn't missing as well.
        misspelt = {(*loc[:-1], near) for loc, near in self._meant.items()}
        for loc, one in details:
            if self._is_told(loc, one["type"]) or (one["type"] == "missing" and loc in misspelt):
                continue
            fault = self._fault(loc, one)
            if fault is not None:
                yield fault

    def _is_told(self, loc: Loc, kind: str) -> bool:
        spoiled = self._tree.spoiled
        if any(loc[:length] in spoiled for length in range(len(loc) + 1)):
            return True
        return kind.startswith("union_tag") and (*loc, "method") in spoiled

    def _fault(self, loc: Loc, one: ErrorDetails) -> Fault | None:
        kind, value = one["type"], cast("object", one["input"])
        context = cast("dict[str, object]", one.get("ctx", {}))
        match kind:
            case "extra_forbidden":
                return self._unknown(loc)
            case "missing":
                return self._missing(loc)
            case "union_tag_not_found":
                return self._missing((*loc, "method"))
            case "union_tag_invalid":
                return self._not_a_word((*loc, "method"), str(context["tag"]), sorted(_SIGN_INS))
            case "enum" | "literal_error":
                return self._not_a_word(loc, value, _words(str(context["expected"])))
            case "too_short" | "too_long":
                return self._length(loc, value, context)
            case "finite_number":
                return Fault("PLT-108", loc, f"{self._written(loc, value)} is no ordinary number.", self._example(loc))
            case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal" | "multiple_of":
                return self._out_of_range(loc, value, kind, context)
            case _ if kind.startswith("PLT-"):
                # The code of our own faults travels through pydantic as the type of the error.
                return Fault(kind, loc, str(context["message"]), str(context["fix"]))
            case _:
                return self._wrong_kind(loc, value, kind, one["msg"])

    def _unknown(self, loc: Loc) -> Fault:
        key, holder = str(loc[-1]), loc[:-1]
        keys = self._keys(holder)
        near = self._meant.get(loc)
        known = ", ".join(keys)
        elsewhere = paths_by_key(self._top).get(key, ()) if near is None else ()
        if near is not None:
            fix = f"Write `{near}:`. The keys here are: {known}."
        elif path_text(loc) in elsewhere:
            fix = f"It does not go with the keys beside it. What goes with them: {known}."
        elif elsewhere:
            fix = f"It belongs at {' or '.join(f'`{path}`' for path in elsewhere)}. The keys here are: {known}."
        else:
            fix = f"Remove it. The keys here are: {known}."
        if sections_at(self._top, holder) == (Accounts,):
            return Fault("PLT-205", loc, f"{shown(key)} is no purpose of an account.", fix)
        return Fault("PLT-101", loc, f"The key {shown(key)} is unknown here.", fix)

    def _missing(self, loc: Loc) -> Fault:
        field = field_at(self._top, loc)
        meaning = f" {field.description}" if field is not None and field.description else ""
        fix = self._example(loc).replace("Write", "Add", 1)
        place = path_text(loc[:-1])
        holder = f"`{place}`" if place else "the file"
        return Fault("PLT-102", loc, f"The key {_key_of(loc)} is missing in {holder}.", f"{fix}{meaning}")

    def _not_a_word(self, loc: Loc, value: object, words: list[str]) -> Fault:
        if not isinstance(value, str):
            return Fault("PLT-103", loc, f"This is {shown(value)}, not a word.", f"Write one of: {', '.join(words)}.")
        near = nearest(value, words)
        fix = f"Write {near}." if near and len(words) > 3 else f"Write one of: {', '.join(words)}."
        return Fault("PLT-107", loc, f"{shown(value)} is not one of: {', '.join(words)}.", fix)

    def _length(self, loc: Loc, value: object, context: dict[str, object]) -> Fault | None:
        count = len(value) if isinstance(value, list | dict) else 0  # pyright: ignore[reportUnknownArgumentType]
        least, most = context.get("min_length"), context.get("max_length")
        if isinstance(least, int) and count >= least:
            return None  # pydantic leaves out of its count what has a fault of its own
        entries = {0: "nothing", 1: "1 entry"}.get(count, f"{count} entries")
        bound = f"at least {least}" if most is None else f"at most {most}"
        return Fault("PLT-106", loc, f"This holds {entries}; it must be {bound}.", self._example(loc))

    def _out_of_range(self, loc: Loc, value: object, kind: str, context: dict[str, object]) -> Fault:
        bound = {
            "greater_than": f"above {context.get('gt')}",
            "greater_than_equal": f"at least {context.get('ge')}",
            "less_than": f"below {context.get('lt')}",
            "less_than_equal": f"at most {context.get('le')}",
            "multiple_of": f"a multiple of {context.get('multiple_of')}",
        }[kind]
        message = f"{self._written(loc, value)} is out of range: it must be {bound}."
        return Fault("PLT-105", loc, message, self._example(loc))

    def _wrong_kind(self, loc: Loc, value: object, kind: str, said: str) -> Fault:
        written = self._tree.written.get(loc)
        wanted = _WANTED.get(kind)
        if wanted is None:
            return Fault("PLT-103", loc, f"{escaped(said, 160)}.", self._example(loc))
        if kind == "string_type" and isinstance(value, bool | int | float):
            text = escaped(written if written is not None else str(value))
            read_as = "true or false" if isinstance(value, bool) else "a number"
            rule = text_rule(self._top, loc)
            # Quotes alone would not make a short account id right.
            fix = f'Write "{text}".' if rule is None or rule.fits(text) else f"{rule.advice} Keep the quotes."
            return Fault("PLT-104", loc, f"{text} has no quotes, so YAML reads it as {read_as}.", fix)
        return Fault("PLT-103", loc, f"This is {self._written(loc, value)}, and must be {wanted}.", self._example(loc))

    def _written(self, loc: Loc, value: object) -> str:
        """A value as the file has it."""
        written = self._tree.written.get(loc)
        return shown(value) if written is None else escaped(written)

    def _example(self, loc: Loc) -> str:
        field = field_at(self._top, loc)
        if field is None or not field.examples:
            return "See the page on the platform file."
        example: object = field.examples[0]
        if isinstance(loc[-1], int):
            return f"Write for example `{yaml_text(cast('list[object]', example)[0])}`."
        return f"Write for example `{loc[-1]}: {yaml_text(example)}`."

    def _keys(self, holder: Loc) -> list[str]:
        """The keys known at a place: those that fit what is written there already, where it may be one of several."""
        sections = sections_at(self._top, holder)
        if len(sections) > 1:
            present = _entries_at(self._tree.root, holder)
            sections = tuple(s for s in sections if _is_meant(s, present)) or sections
        return list(dict.fromkeys(key for section in sections for key in section.model_fields))


def _place(loc: Loc) -> Loc:
    """The place in the file that pydantic means."""
    for depth in (1, 2):
        if len(loc) > depth and loc[depth] in _UNIONS.get(loc[:depth], set()):
            return _without_key((*loc[:depth], *loc[depth + 1 :]))
    return _without_key(loc)


def _without_key(loc: Loc) -> Loc:
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _key_of(loc: Loc) -> str:
    return shown(loc[-1]) if loc else "?"


def _words(expected: str) -> list[str]:
    """The words in pydantic's `'a', 'b' or 'c'`."""
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]


def _entries_at(root: object, loc: Loc) -> dict[str, object]:
    here = root
    for step in loc:
        here = cast("dict[str | int, object]", here).get(step) if isinstance(here, dict) else None
    return cast("dict[str, object]", here) if isinstance(here, dict) else {}


def _is_meant(section: type[Section], present: dict[str, object]) -> bool:
    """Whether pydantic chose this section of a union for these entries."""
    method = section.model_fields.get("method")
    if method is None:
        return SIGNS_OF_IMPORT.isdisjoint(section.model_fields) == SIGNS_OF_IMPORT.isdisjoint(present)
    return str(present.get("method")) in str(method.annotation)
