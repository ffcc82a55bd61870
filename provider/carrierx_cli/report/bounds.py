"""The two bounds of a change of which a preview does not show every value.

Two masked secrets look equal and may differ; a value that is known only after ``up`` may turn out
to be the present one. So such a change is planned twice: for its *upper bound* everything that the
preview hides changes, for its *lower bound* nothing of that does. What both plans have is certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from carrierx_cli.report.masking import SECRET_TEXT, holds_opaque, is_opaque, replacing
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.external_did.schema import JSON_TYPES, REPLACING, SCALAR_FIELDS
from carrierx_provider.pulumi_files.markers import SECRET

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from carrierx_provider.core.json_merge import JsonObject

_STAND_INS: Final[Mapping[str, tuple[Any, Any]]] = {
    name: (1, 2) if JSON_TYPES[name] == "integer" else (SECRET_TEXT, f"another {SECRET_TEXT}")
    for name in REPLACING
}
"""Two values in place of masked ones, for the fields that replace a number; never shown."""


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
    """Outputs and inputs with which every hidden value changes."""
    before = {name: _plain(value) for name, value in outputs.items()}
    if not isinstance(before.get("attributes", {}), dict):
        del before["attributes"]
    return before, {name: _unknown(value) for name, value in inputs.items()}


def lower_bound(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs with which no hidden value changes."""
    before, after = dict(outputs), dict(inputs)
    for name in SCALAR_FIELDS:
        if name in before and name in after:
            before[name], after[name] = _made_equal(before[name], after[name])
    if is_opaque(before.get("attributes")) or is_opaque(after.get("attributes")):
        for side in (before, after):
            side.pop("attributes", None)
        managed = before.get("managed_fields")
        if isinstance(managed, dict):
            before["managed_fields"] = {k: v for k, v in managed.items() if k != "attributes"}
    elif "attributes" in before and "attributes" in after:
        before["attributes"], after["attributes"] = _made_equal(
            before["attributes"], after["attributes"]
        )
    if "attributes" in after:
        # A new key: hidden, but not an object, which would have to be read first.
        after["attributes"] = _plain(after["attributes"])
    return upper_bound(before, after)


def _made_equal(before: Any, after: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- any JSON
    """The two values, equal wherever one of them is hidden."""
    if isinstance(before, dict) and isinstance(after, dict):
        both = {key: _made_equal(before[key], after[key]) for key in before.keys() & after.keys()}
        return (
            {key: both[key][0] if key in both else value for key, value in before.items()},
            {key: both[key][1] if key in both else value for key, value in after.items()},
        )
    if holds_opaque(after):
        return _plain(before), _plain(before)
    if holds_opaque(before):
        return after, after
    return before, after


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The value with the mask itself for what is hidden; no other value equals the mask."""
    return replacing(value, SECRET_TEXT, is_opaque)


def _unknown(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    return replacing(value, UNKNOWN, lambda part: part is SECRET)
