"""What a number is called in its stack, and in its table. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from carrierx_api.models import ExternalDID

LONGEST_LABEL = 60
"""Characters that are taken from a name."""

_MADE_UP = re.compile(r"External DID [0-9]+")


def labels_for(
    external_dids: Sequence[ExternalDID], taken: Collection[str], wished: Mapping[str, str]
) -> dict[str, str]:
    """A label for each number by its SID; no two are the same, and none is taken.

    From the number's name where it has one of its own; with the number behind it where several
    would have the same, so that no label depends on the order of the numbers.

    :param taken: labels of other numbers in the table, and names of resources in the state.
    :param wished: labels by SID that are kept if they are free.
    """
    used = set(taken)
    labels: dict[str, str] = {}
    for external_did in external_dids:
        sid = external_did.external_did_sid
        if sid in wished and wished[sid] not in used:
            labels[sid] = wished[sid]
            used.add(wished[sid])
    left = [one for one in external_dids if one.external_did_sid not in labels]
    shared = Counter(_readable(one) for one in left)
    for external_did in left:
        digits = external_did.phonenumber.removeprefix("+")
        readable = _readable(external_did)
        candidates = [readable] if readable and shared[readable] == 1 else []
        numbered = f"{readable}-{digits}" if readable else digits
        further = (f"{numbered}-{number}" for number in count(2))
        label = next(c for c in chain(candidates, [numbered], further) if c not in used)
        labels[external_did.external_did_sid] = label
        used.add(label)
    return labels


def _readable(external_did: ExternalDID) -> str:
    """The name in small letters, digits and hyphens; empty where nothing of it can be read."""
    name = external_did.name or ""
    # A name that CarrierX made up says less than the number.
    if _MADE_UP.fullmatch(name):
        return ""
    ascii_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_letters.lower())[:LONGEST_LABEL].strip("-")
    # A label of digits alone would look like a number, and be none.
    return slug if re.search(r"[a-z]", slug) else ""
