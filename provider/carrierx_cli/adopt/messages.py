"""What a person is told about an adoption, and about a release from the state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from carrierx_cli.adopt.select import SkipReason
from carrierx_provider.core.plan import PlanKind
from carrierx_provider.core.text import in_columns, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carrierx_cli.adopt.adoption import Adoption
    from carrierx_cli.adopt.resources import Adopted
    from carrierx_cli.adopt.select import Skipped
    from carrierx_provider.pulumi_files.deployment import Resource

MOST_LISTED = 20
"""Numbers that are shown before a question; more than that nobody reads."""


def notices(adoption: Adoption, table: str) -> Iterator[str]:
    """What a person should know before anything is written, one line each."""
    yield from skipped_lines(adoption.skipped)
    yield from differing_lines(adoption.differing, table)
    if adoption.unstated:
        yield unstated_line(adoption.unstated, table)


def conclusion(adoption: Adoption, stack: str, table: str, *, dry_run: bool) -> Iterator[str]:
    """What has been done, or would be."""
    count = len(adoption.entries)
    if not count:
        yield f"Nothing to adopt into {stack}."
        return
    rows = f"{adoption.new_rows:,} of them as new rows of {table}"
    if dry_run:
        yield f"{numbers(count)} would be adopted into {stack}, {rows}. Nothing was written."
        return
    yield f"{numbers(count)} adopted into {stack}, {rows}. Nothing was changed at CarrierX."
    yield (
        "Until the next `pulumi up` they are protected: a program that does not state them yet "
        "cannot release them."
    )


def nothing_found_line(account: str | None, filter_: str | None) -> str:
    """One line on an account of which nothing was found, since a filter may be mistaken.

    :param account: None is the default one.
    :param filter_: None for all numbers.
    """
    where = "the default account" if account is None else f"account {printable(account)}"
    if filter_ is None:
        return f"{where} has no numbers"
    return f"{where} has no numbers that the filter finds: {shorten(filter_)}"


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """A line for each number that is not adopted for a reason, those managed already by count."""
    here = sum(one.reason is SkipReason.HERE for one in skipped)
    if here:
        yield f"{_are(here)} in this stack's state already"
    elsewhere = Counter(one.detail for one in skipped if one.reason is SkipReason.ELSEWHERE)
    for stack, count in sorted(elsewhere.items()):
        yield f"{_are(count)} in the state of the stack {stack} already, and left to it"
    for one in skipped:
        if one.reason is SkipReason.CLAIMED:
            yield (
                f"{printable(one.subject)}: not adopted: it belongs to {shorten(one.detail)} by "
                "its record; --include-claimed takes it all the same"
            )
        elif one.reason is SkipReason.NOT_FOUND:
            yield f"{shorten(one.subject)}: not adopted: is no number or SID of the account"
        elif one.reason is SkipReason.REFUSED:
            yield f"{printable(one.subject)}: not adopted: {one.detail}"


def differing_lines(entries: Iterable[Adopted], table: str) -> Iterator[str]:
    """A line for each number of which a person's row says something else than CarrierX."""
    for entry in entries:
        number = printable(str(entry.outputs["phonenumber"]))
        fields = ", ".join(change.name for change in entry.plan.changes)
        what = "a replace" if entry.plan.kind is PlanKind.REPLACE else "an update"
        yield (
            f"{number}: the row {shorten(entry.label)} of {table} states something else than what "
            f"stands at CarrierX ({fields}): `pulumi preview` will show {what}"
        )


def unstated_line(count: int, table: str) -> str:
    """One line on rows of numbers that no state has."""
    return (
        f"{_are(count)} in {table} and not in the stack: `pulumi up` would register what CarrierX "
        "does not have yet"
    )


def releasing_lines(chosen: Sequence[Resource]) -> Iterator[str]:
    """The numbers that are about to be taken out of a state, in columns."""
    shown_rows = [
        (
            printable(one.text("phonenumber")),
            printable(one.id or ""),
            shorten(one.text("name")),
            printable(one.name),
        )
        for one in chosen[:MOST_LISTED]
    ]
    yield from in_columns([("NUMBER", "SID", "NAME", "RESOURCE"), *shown_rows])
    if len(chosen) > MOST_LISTED:
        yield f"… and {numbers(len(chosen) - MOST_LISTED)} more"


def releasing_question(count: int, stack: str) -> str:
    """What is asked before."""
    these, stay = ("this number", "stays") if count == 1 else (f"these {numbers(count)}", "stay")
    it = "It" if count == 1 else "They"
    return f"Take {these} out of the state of {stack}? {it} {stay} registered at CarrierX."


def released_lines(count: int, ownership_key: str | None) -> Iterator[str]:
    """What a person has to know after."""
    it, stays, them, are = (
        ("It", "stays", "it", "it is") if count == 1 else ("They", "stay", "them", "they are")
    )
    yield f"{it} {stays} registered at CarrierX, as before. Now take {them} out of the program too:"
    if ownership_key is None:
        yield f"while it states {them}, `pulumi up` fails, since {are} registered already."
        return
    yield (
        f"while it states {them}, `pulumi up` takes back what has its record (attributes."
        f"{printable(ownership_key)}), and fails on what is registered without."
    )
    yield (
        "What has the record is an orphan now: `pulumi-carrierx orphans --disown SID` takes the "
        "record out, and `orphans --release` would delete the number at CarrierX."
    )


def numbers(count: int) -> str:
    """``1 number``, ``5,000 numbers``."""
    return f"{count:,} number{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return f"{numbers(count)} {'is' if count == 1 else 'are'}"
