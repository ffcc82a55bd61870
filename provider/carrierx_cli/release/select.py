"""Which resources of a state a person means, and the state without them. Pure.

What is taken out of the state stays registered at CarrierX.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from carrierx_cli.options import UsageError
from carrierx_provider.pulumi_files.deployment import Deployment, Resource
from carrierx_provider.pulumi_files.urn import URN

NOTHING = "Nothing was changed."


def select(deployment: Deployment, named: Sequence[str] | None, stack: str) -> tuple[Resource, ...]:
    """Select the External DIDs that are named, or all that the state has; ordered by number.

    ``named`` has names in the program, numbers, SIDs or URNs; None selects all. Messages name the
    ``stack`` as ``PROJECT/STACK``.

    Raises:
        UsageError: A name matches nothing, or several resources; or one cannot be taken out.
    """
    # What is only read is managed elsewhere; what is to be deleted belongs to a replace.
    candidates = [one for one in deployment.external_dids if not (one.external or one.delete)]
    selected = candidates if named is None else _named(candidates, named, stack)
    urns = {one.urn for one in selected}
    for resource in deployment.resources or ():
        _refuse(resource, urns)
    found = (one for one in candidates if one.urn in urns)
    return tuple(sorted(found, key=lambda one: (one.text("phonenumber"), one.urn)))


def without(deployment: Deployment, urns: Collection[str]) -> Deployment:
    """The deployment without these resources."""
    resources = deployment.resources or ()
    return deployment.with_resources(one for one in resources if one.urn not in urns)


def _named(candidates: Sequence[Resource], named: Sequence[str], stack: str) -> list[Resource]:
    found: list[Resource] = []
    for text in named:
        matches = _matches(candidates, text)
        if not matches:
            raise UsageError(
                f"{text:.60} is not the name, number or SID of an External DID in the state of "
                f"{stack}. {NOTHING}"
            )
        if len(matches) > 1:
            urns = ", ".join(one.urn for one in matches)
            raise UsageError(f"{text:.60} matches several: {urns}. {NOTHING} Name it by its URN")
        found += matches
    return found


def _matches(candidates: Sequence[Resource], text: str) -> list[Resource]:
    number = f"+{text.removeprefix('+')}" if re.fullmatch(r"\+?[0-9]+", text) else None
    ways = (
        [one for one in candidates if text in {one.urn, one.id}],
        [one for one in candidates if text == one.name],
        [one for one in candidates if number == one.text("phonenumber")],
    )
    return next((matches for matches in ways if matches), [])


def _refuse(resource: Resource, urns: Collection[str]) -> None:
    if resource.urn in urns:
        if resource.delete:
            raise UsageError(
                f"{resource.name} is in the middle of a replace. {NOTHING} Run `pulumi up` first"
            )
        return
    needed = resource.needs.intersection(urns)
    if needed:
        raise UsageError(
            f"{resource.name} depends on {URN.parse(min(needed)).name}. {NOTHING} Remove the "
            "dependency from the program and run `pulumi up` first"
        )
