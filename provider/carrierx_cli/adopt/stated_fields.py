"""What a program has to state about a number so that nothing about it changes. Pure.

Stated is what the program then manages: the number, its capabilities and name, and what is set of
callback, string keys and attributes. The carrier under the number is not: CarrierX chose it, and to
state it would replace the number where CarrierX chooses another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_api.capabilities import Capability
from carrierx_provider.core.json_merge import json_equal, without_nulls
from carrierx_provider.core.resource import InputFailure
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.inputs import check_inputs
from carrierx_provider.external_did.ownership import Attributes
from carrierx_provider.external_did.schema import ADOPTED_FIELDS, ALLOWS_EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.models import ExternalDID
    from carrierx_provider.core.json_merge import JsonObject
    from carrierx_provider.external_did.ownership import Ownership


@dataclass(frozen=True, slots=True)
class StatedFields:
    """The fields of one number as a table states them, and why they cannot be stated."""

    fields: dict[str, Any] = field(repr=False)
    failures: tuple[InputFailure, ...]


def fields_to_state(
    external_did: ExternalDID, account: str | None, ownership: Ownership | None
) -> StatedFields:
    """What to state about a number as it stands.

    :param account: its name in ``carrierx:accounts``; None is the default one.
    :param ownership: the record that the stack keeps with it, which is no attribute to state.
    :returns: the fields in a table's order, without nulls; with failures where the rules of the
        inputs refuse what stands at CarrierX.
    """
    attributes = Attributes.split(external_did.attributes, ownership).values
    existing = {**external_did.model_dump(), "attributes": attributes, "account": account}
    set_fields = {
        name: existing[name]
        for name in ADOPTED_FIELDS
        # What no program can declare stays as it is.
        if existing[name] is not None and (existing[name] != "" or name in ALLOWS_EMPTY)
    }
    checked = check_inputs(set_fields)
    failures = checked.failures or _not_kept(attributes, checked.inputs.get("attributes", {}))
    if failures:
        return StatedFields({}, failures)
    return StatedFields(_as_written(checked.inputs, ADOPTED_FIELDS), ())


def _not_kept(standing: JsonObject, stated: JsonObject) -> tuple[InputFailure, ...]:
    """The attributes that a program cannot state as they stand.

    A null member of an object says nothing, as if it were absent. That holds inside arrays too, but
    an array is one value, and without that member it is another one.
    """
    return tuple(
        InputFailure(
            f"attributes{shown_path((key,))}",
            "holds an array with an object that has a null, which the engine cannot keep",
        )
        for key, value in without_nulls(standing).items()
        if not json_equal(value, stated.get(key))
    )


def _as_written(inputs: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    written = {name: inputs[name] for name in order if name in inputs}
    capabilities = Capability(written["capabilities"])
    written["capabilities"] = [str(flag.name).lower() for flag in capabilities]
    return written
