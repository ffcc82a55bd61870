"""Which resources of a state a person means, and the state without them. Pure.

What is taken out is forgotten by the stack, and stays registered at CarrierX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_provider.pulumi_files.urn import RESOURCE_TYPE, name_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

NOTHING = "Nothing was changed."


class TakingOutError(Exception):
    """What was named cannot be taken out; one line. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class InState:
    """An External DID that a state has."""

    urn: str
    external_did_sid: str
    phonenumber: str
    """Empty where it is a secret."""
    name: str = field(repr=False)
    """What CarrierX calls it; empty where that is a secret."""

    @property
    def label(self) -> str:
        """The resource's name in the program."""
        return name_in(self.urn)


def picked(
    deployment: Mapping[str, Any], named: Sequence[str] | None, stack: str
) -> tuple[InState, ...]:
    """The External DIDs that are named, or all that the state has, ordered by number.

    :param named: names in the program, numbers, SIDs or URNs; None for all.
    :param stack: ``PROJECT/STACK``, for messages.
    :raises TakingOutError: one of the names fits none, or several; or one cannot be taken out.
    """
    there = tuple(_external_dids(deployment))
    wanted = there if named is None else _named(there, named, stack)
    urns = {one.urn for one in wanted}
    for resource in deployment.get("resources") or []:
        _refuse(resource, urns)
    found = (one for one in there if one.urn in urns)
    return tuple(sorted(found, key=lambda one: (one.phonenumber, one.urn)))


def without(deployment: Mapping[str, Any], urns: Collection[str]) -> dict[str, Any]:
    """The deployment without these resources."""
    resources = deployment.get("resources") or []
    return {**deployment, "resources": [r for r in resources if r["urn"] not in urns]}


def _external_dids(deployment: Mapping[str, Any]) -> Iterator[InState]:
    for resource in deployment.get("resources") or []:
        if resource["type"] != RESOURCE_TYPE or resource.get("external") or resource.get("delete"):
            # What is only read is managed elsewhere; what is to be deleted belongs to a replace.
            continue
        outputs = resource.get("outputs") or {}
        yield InState(
            urn=resource["urn"],
            external_did_sid=str(resource.get("id", "")),
            phonenumber=_text(outputs.get("phonenumber")),
            name=_text(outputs.get("name")),
        )


def _text(value: object) -> str:
    # A secret is an object here.
    return value if isinstance(value, str) else ""


def _named(there: Sequence[InState], named: Sequence[str], stack: str) -> list[InState]:
    found: list[InState] = []
    for text in named:
        fitting = _fitting(there, text)
        if not fitting:
            raise TakingOutError(
                f"{text:.60} is no name, number or SID of an External DID in the state of {stack}. "
                f"{NOTHING}"
            )
        if len(fitting) > 1:
            urns = ", ".join(one.urn for one in fitting)
            raise TakingOutError(f"{text:.60} fits several: {urns}. {NOTHING} Name it by its URN")
        found += fitting
    return found


def _fitting(there: Sequence[InState], text: str) -> list[InState]:
    number = f"+{text.removeprefix('+')}" if re.fullmatch(r"\+?[0-9]+", text) else None
    ways = (
        [one for one in there if text in {one.urn, one.external_did_sid}],
        [one for one in there if text == one.label],
        [one for one in there if number == one.phonenumber],
    )
    return next((fitting for fitting in ways if fitting), [])


def _refuse(resource: Mapping[str, Any], urns: Collection[str]) -> None:
    urn = resource["urn"]
    if urn in urns:
        if resource.get("delete"):
            raise TakingOutError(
                f"{name_in(urn)} is in the middle of a replace. {NOTHING} Run `pulumi up` first"
            )
        return
    needed = _needs(resource).intersection(urns)
    if needed:
        raise TakingOutError(
            f"{name_in(min(needed))} is what {name_in(urn)} depends on. {NOTHING} Take the "
            "dependency out of the program and run `pulumi up` first"
        )


def _needs(resource: Mapping[str, Any]) -> set[str]:
    by_property: Mapping[str, list[str] | None] = resource.get("propertyDependencies") or {}
    return {
        *(resource.get("dependencies") or []),
        *(urn for urns in by_property.values() for urn in urns or []),
        *(resource[key] for key in ("parent", "deletedWith") if resource.get(key)),
        *(resource.get("replaceWith") or []),
    }
