"""What a preview hides: secrets, which it masks, and values that are known only after ``up``.

Two masked secrets look equal and may differ; a value that is known only after ``up`` may turn out
to be the present one. So a change with such values is planned twice: for its *upper bound*
everything that the preview hides changes, for its *lower bound* nothing of that does. What both
plans have is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from carrierx_provider.core.json_merge import Json, JsonObject
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.schema import JSON_TYPES, REPLACING, SCALAR_FIELDS
from carrierx_provider.pulumi_files.markers import MASKED_SECRET, SECRET

Path: TypeAlias = "tuple[str, ...]"

SECRET_TEXT = MASKED_SECRET
UNKNOWN_TEXT = "[known after up]"

_STAND_INS: Final[Mapping[str, tuple[Any, Any]]] = {
    name: (1, 2) if JSON_TYPES[name] == "integer" else (SECRET_TEXT, f"another {SECRET_TEXT}")
    for name in REPLACING
}
"""Two values in place of masked ones, for the fields that replace a number; never shown."""


def path_text(path: Path) -> str:
    """``attributes.team``."""
    return f"{path[0]}{shown_path(path[1:])}"


def _is_secret(value: object) -> bool:
    return value is SECRET


def is_opaque(value: object) -> bool:
    """Whether the value itself is hidden."""
    return value is SECRET or value is UNKNOWN


def secret_paths(sides: Iterable[Mapping[str, Any]]) -> frozenset[Path]:
    """Where any of these properties has a secret; a list that holds one is secret as a whole.

    What is masked on one side may be plain on another: it is hidden there too.
    """
    paths = {path for side in sides for path in _secrets_in(side, ())}
    if any(side.get("name_is_secret") is True for side in sides):
        paths.add(("name",))
    return frozenset(paths)


def _secrets_in(value: object, path: Path) -> Iterator[Path]:
    if value is SECRET or (isinstance(value, list) and _holds(value, _is_secret)):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets_in(inner, (*path, key))


def _holds(value: object, is_meant: Callable[[object], bool]) -> bool:
    if isinstance(value, dict):
        return any(_holds(inner, is_meant) for inner in value.values())
    if isinstance(value, list):
        return any(_holds(inner, is_meant) for inner in value)
    return is_meant(value)


def is_under(path: Path, secrets: frozenset[Path]) -> bool:
    """Whether the path leads to a secret, or into one."""
    return any(path[: len(secret)] == secret for secret in secrets)


def shown_text(name: str, secrets: frozenset[Path], *sides: Mapping[str, Any]) -> str | None:
    """A field as it may be shown, from the first of these sides that has a text in it."""
    shown = (masked(side.get(name), (name,), secrets) for side in sides)
    return next((value for value in shown if isinstance(value, str) and value), None)


def _replacing(value: Json, substitute: object, is_meant: Callable[[object], bool]) -> Json:
    if isinstance(value, dict):
        return {key: _replacing(inner, substitute, is_meant) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replacing(inner, substitute, is_meant) for inner in value]
    return substitute if is_meant(value) else value


def masked(value: Json, path: Path, secrets: frozenset[Path]) -> Json:
    """The value as it may be shown, with texts for the parts that may not."""
    if value is not None and is_under(path, secrets):
        return SECRET_TEXT
    if isinstance(value, dict):
        return {key: masked(inner, (*path, key), secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, path, secrets) for inner in value]
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    return SECRET_TEXT if value is SECRET else value


def with_stand_ins(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any], replace_reasons: Collection[str]
) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs, with stand-ins for masked values of the fields that replace a number.

    Whether the stand-ins differ is what the engine's list of reasons says.
    """
    before, after = dict(outputs), dict(inputs)
    for name, (one, other) in _STAND_INS.items():
        if before.get(name) is SECRET:
            before[name] = other if after.get(name) == one else one
        if after.get(name) is SECRET:
            another = other if before.get(name) == one else one
            after[name] = another if name in replace_reasons else before.get(name, one)
        elif outputs.get(name) is SECRET and name in after and name not in replace_reasons:
            # Secret in the state, plain in the program, and the engine finds the two equal.
            after[name] = before[name]
    return before, after


def with_kept_identity(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> JsonObject:
    """The inputs if each unknown value of a field that replaces is the present one after all."""
    kept = {name: outputs.get(name) for name in _STAND_INS if inputs.get(name) is UNKNOWN}
    return {**inputs, **kept}


def upper_bound(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs with which every hidden value changes, and every hidden key is there.

    What an object declared is not hidden: ``managed_fields`` has its keys. One that is no longer
    declared is cleared.
    """
    return _bound(_with_keys(dict(outputs), outputs.get("managed_fields")), inputs)


def _bound(before: JsonObject, inputs: Mapping[str, Any]) -> tuple[JsonObject, JsonObject]:
    before = {name: _plain(value) for name, value in before.items()}
    if not isinstance(before.get("attributes", {}), dict):
        del before["attributes"]
    return before, {name: _replacing(value, UNKNOWN, _is_secret) for name, value in inputs.items()}


def _with_keys(value: Json, mask: Json) -> Json:
    """The value with an object of hidden values in place of a hidden object."""
    if value is SECRET and isinstance(mask, dict):
        return {key: _with_keys(SECRET, inner) for key, inner in mask.items()}
    if isinstance(value, dict) and isinstance(mask, dict):
        return {key: _with_keys(inner, mask.get(key)) for key, inner in value.items()}
    return value


def lower_bound(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs with which no hidden value changes."""
    before, after = dict(outputs), dict(inputs)
    if is_opaque(before.get("attributes")) or is_opaque(after.get("attributes")):
        for side in (before, after):
            side.pop("attributes", None)
        managed = before.get("managed_fields")
        if isinstance(managed, dict):
            before["managed_fields"] = {k: v for k, v in managed.items() if k != "attributes"}
    for name in (*SCALAR_FIELDS, "attributes"):
        if name in before and name in after:
            before[name], after[name] = _made_equal(before[name], after[name])
    if "attributes" in after:
        # A new key: hidden, but not an object, which would have to be read first.
        after["attributes"] = _plain(after["attributes"])
    return _bound(before, after)


def _made_equal(before: Json, after: Json) -> tuple[Json, Json]:
    """The two values, equal wherever one of them is hidden."""
    if isinstance(before, dict) and isinstance(after, dict):
        both = {key: _made_equal(before[key], after[key]) for key in before.keys() & after.keys()}
        return (
            {key: both[key][0] if key in both else value for key, value in before.items()},
            {key: both[key][1] if key in both else value for key, value in after.items()},
        )
    if _holds(after, is_opaque):
        return _plain(before), _plain(before)
    if _holds(before, is_opaque):
        return after, after
    return before, after


def _plain(value: Json) -> Json:
    """The value with the mask itself for what is hidden; no other value equals the mask."""
    return _replacing(value, SECRET_TEXT, is_opaque)
