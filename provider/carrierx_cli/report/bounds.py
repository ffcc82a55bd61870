"""Two readings of a change of which a preview does not tell every value.

Two masked secrets look equal and may differ; what is known only after ``up`` may turn out to be
what stands already. So such a change is read twice: *at most*, where all that is not told changes,
and *at least*, where none of it does. What both readings say is certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from carrierx_cli.report.masking import SECRET, SECRET_TEXT, holds_opaque, is_opaque
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.external_did.schema import SCALAR_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from carrierx_provider.core.json_merge import JsonObject

_STAND_INS: Final[Mapping[str, tuple[Any, Any]]] = {
    "phonenumber": (SECRET_TEXT, f"another {SECRET_TEXT}"),
    "capabilities": (1, 2),
    "account": (SECRET_TEXT, f"another {SECRET_TEXT}"),
    "underlying_carrier_sid": (SECRET_TEXT, f"another {SECRET_TEXT}"),
}
"""Two values in the place of masked ones of what replaces a number; never shown."""


def identity_told(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any], replace_reasons: Collection[str]
) -> tuple[JsonObject, JsonObject]:
    """The same, where the engine's own word stands for masked values of what replaces a number.

    Whether these differ is what its list of reasons tells.
    """
    before, after = dict(outputs), dict(inputs)
    for name, (one, other) in _STAND_INS.items():
        if before.get(name) is SECRET:
            before[name] = other if after.get(name) == one else one
        if after.get(name) is SECRET:
            another = other if before.get(name) == one else one
            after[name] = another if name in replace_reasons else before.get(name, one)
        elif outputs.get(name) is SECRET and name in after and name not in replace_reasons:
            # The state masks it, the program states it in plain, and the engine finds it equal.
            after[name] = before[name]
    return before, after


def identity_kept(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> JsonObject:
    """The inputs, should what is known only after ``up`` turn out to be what stands already."""
    kept = {
        name: outputs[name]
        for name in _STAND_INS
        if inputs.get(name) is UNKNOWN and outputs.get(name) is not None
    }
    return {**inputs, **kept}


def at_most(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs, such that all that is not told changes."""
    before = {name: _plain(value) for name, value in outputs.items()}
    if not isinstance(before.get("attributes", {}), dict):
        del before["attributes"]
    return before, {name: _unknown(value) for name, value in inputs.items()}


def at_least(
    outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[JsonObject, JsonObject]:
    """Outputs and inputs, such that nothing changes of what is not told."""
    before, after = dict(outputs), dict(inputs)
    for name in SCALAR_FIELDS:
        if name in before and name in after:
            before[name], after[name] = _agreed(before[name], after[name])
    if is_opaque(before.get("attributes")) or is_opaque(after.get("attributes")):
        for side in (before, after):
            side.pop("attributes", None)
        managed = before.get("managed_fields")
        if isinstance(managed, dict):
            before["managed_fields"] = {k: v for k, v in managed.items() if k != "attributes"}
    elif "attributes" in before and "attributes" in after:
        before["attributes"], after["attributes"] = _agreed(
            before["attributes"], after["attributes"]
        )
    return at_most(before, after)


def _agreed(before: Any, after: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- any JSON
    """The two made equal wherever one of them is not told."""
    if isinstance(before, dict) and isinstance(after, dict):
        both = {key: _agreed(before[key], after[key]) for key in before.keys() & after.keys()}
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
    """With the mask itself for a masked value, which no other value is equal to."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return SECRET_TEXT if is_opaque(value) else value


def _unknown(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return {key: _unknown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unknown(inner) for inner in value]
    return UNKNOWN if value is SECRET else value
