"""A registration as it stands: whether it is what a call asked for, and how to make it again.

Where the answer to a change was lost, what stands decides whether the change took effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrierx_provider.core.json_merge import json_equal, merge
from carrierx_provider.external_did.inputs import SCALAR_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.calls import Call
    from carrierx_api.models import ExternalDID


def registration_stands(call: Call, standing: ExternalDID) -> bool:
    """Whether ``standing`` is exactly what this registration asked for.

    Exactly: a field or an attribute that was not asked for speaks against it. But CarrierX makes up
    a ``name`` that is left out, and chooses the carrier.
    """
    asked: Mapping[str, Any] = call.body or {}
    made_up = {"name", "underlying_carrier_sid"} - asked.keys()
    fields = {*SCALAR_FIELDS, "capabilities", "underlying_carrier_sid"} - made_up
    return all(asked.get(name) == getattr(standing, name) for name in fields) and json_equal(
        asked.get("attributes") or {}, standing.attributes or {}
    )


def update_stands(call: Call, standing: ExternalDID) -> bool:
    """Whether every field of this update has the value that it asked for."""
    asked = dict(call.body or {})
    if "attributes" in asked:
        sent, live = asked.pop("attributes"), standing.attributes or {}
        # Nested objects are sent whole, so that shallow and deep merges come to the same.
        if not json_equal(live, sent if call.query else merge(live, sent)):
            return False
    return all(getattr(standing, name) == value for name, value in asked.items())


def registration_body(standing: Mapping[str, Any]) -> dict[str, Any]:
    """The body that registers a number again as it was.

    :param standing: CarrierX's fields by name.
    """
    fields = (
        "phonenumber",
        "capabilities",
        "underlying_carrier_sid",
        *SCALAR_FIELDS,
        "attributes",
    )
    return {name: standing[name] for name in fields if standing.get(name) not in (None, {})}
