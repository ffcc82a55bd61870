"""What ``pulumi-carrierx release`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_provider.core.text import in_columns, plural, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carrierx_provider.pulumi_files.deployment import Resource

MOST_LISTED = 20
"""How many numbers are shown before the question: a longer list would not be read."""


def listing(selected: Sequence[Resource]) -> Iterator[str]:
    """The numbers that are about to be taken out of the state, in columns."""
    rows = [
        (
            printable(one.text("phonenumber")),
            printable(one.id or ""),
            shorten(one.text("name")),
            printable(one.name),
        )
        for one in selected[:MOST_LISTED]
    ]
    yield from in_columns([("NUMBER", "SID", "NAME", "RESOURCE"), *rows])
    if len(selected) > MOST_LISTED:
        yield f"… and {plural(len(selected) - MOST_LISTED, 'number')} more"


def question(count: int, stack: str) -> str:
    """What is asked before."""
    these, they_stay = (
        ("this number", "It stays")
        if count == 1
        else (f"these {plural(count, 'number')}", "They stay")
    )
    return f"Take {these} out of the state of {stack}? {they_stay} registered at CarrierX."


def done_lines(count: int, stack: str, ownership_key: str | None) -> Iterator[str]:
    """What a person has to know after."""
    they_stay, them = ("It stays", "it") if count == 1 else ("They stay", "them")
    yield f"{plural(count, 'number')} taken out of the state of {stack}."
    yield f"{they_stay} registered at CarrierX. Now remove {them} from the program too:"
    if ownership_key is None:
        yield f'as long as it declares {them}, `pulumi up` fails with "already registered".'
        return
    yield (
        f"as long as it declares {them}, `pulumi up` re-adopts what carries this stack's record "
        f'(attributes.{printable(ownership_key)}) and fails on the rest ("already registered").'
    )
    yield (
        "A number with the record is an orphan now: `pulumi-carrierx orphans --disown SID` removes "
        "the record, and `orphans --release SID` would delete the number at CarrierX."
    )
