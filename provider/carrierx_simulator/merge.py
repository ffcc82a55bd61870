"""What a PATCH makes of ``attributes``.

CarrierX documentation, update of nested objects: a PATCH merges by default and replaces with
``nested_objects=replace``. Whether it merges inside nested objects too is not said, hence both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx_simulator.json_value import JsonObject
    from carrierx_simulator.settings import Merge


def merged(old: JsonObject, new: JsonObject, merge: Merge) -> JsonObject:
    """``old`` with the keys of ``new``. Arrays are replaced whole, and null stays null."""
    result = {**old, **new}
    if merge == "deep":
        for key, value in new.items():
            before = old.get(key)
            if isinstance(before, dict) and isinstance(value, dict):
                result[key] = merged(before, value, merge)
    return result
