"""What ``pulumi-carrierx adopt`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from carrierx_cli.adopt.adoption import Adoption
from carrierx_cli.adopt.select import Skipped, SkipReason
from carrierx_provider.core.resource import PlanKind
from carrierx_provider.core.text import account_text, plural, printable, shorten


def notices(adoption: Adoption, table: str) -> Iterator[str]:
    """What a person should know before anything is written, one line each."""
    yield from _skipped_lines(adoption.skipped)
    for one in adoption.numbers:
        if one.plan.kind is not PlanKind.UNCHANGED:
            number = printable(str(one.outputs["phonenumber"]))
            fields = ", ".join(change.name for change in one.plan.changes)
            what = "a replace" if one.plan.kind is PlanKind.REPLACE else "an update"
            yield (
                f"{number}: the row {shorten(one.label)} of {table} differs from CarrierX "
                f"({fields}): `pulumi preview` will show {what}"
            )
    if adoption.undeclared_rows:
        yield (
            f"{_are(adoption.undeclared_rows)} in {table} but not in the stack: `pulumi up` would "
            "register what CarrierX does not have yet"
        )


def conclusion(adoption: Adoption, stack: str, table: str, *, dry_run: bool) -> Iterator[str]:
    """What was done, or would be."""
    count = len(adoption.numbers)
    if not count:
        yield f"Nothing to adopt into {stack}."
        return
    numbers, rows = plural(count, "number"), f"{adoption.new_rows:,} of them as new rows of {table}"
    if dry_run:
        yield f"{numbers} would be adopted into {stack}, {rows}. Nothing was written."
        return
    yield f"{numbers} adopted into {stack}, {rows}. Nothing was changed at CarrierX."
    yield (
        "Until the next `pulumi up` they are protected: a program that does not declare them yet "
        "cannot release them."
    )


def nothing_found_line(account: str | None, filter_: str | None) -> str:
    """One line on an account in which nothing was found, since the filter may be a mistake."""
    if filter_ is None:
        return f"{account_text(account)} has no numbers"
    return f"{account_text(account)} has no numbers that match the filter: {shorten(filter_)}"


def _skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """A line for each number that is skipped for a reason; a count of those managed already."""
    here = sum(one.reason is SkipReason.HERE for one in skipped)
    if here:
        yield f"{_are(here)} already in this stack's state"
    elsewhere = Counter(one.detail for one in skipped if one.reason is SkipReason.ELSEWHERE)
    for stack, count in sorted(elsewhere.items()):
        yield f"{_are(count)} already in the state of the stack {stack}, and left there"
    for one in skipped:
        if one.reason is SkipReason.CLAIMED:
            yield (
                f"{printable(one.subject)}: not adopted: its ownership record names "
                f"{shorten(one.detail)}; --include-claimed adopts it anyway"
            )
        elif one.reason is SkipReason.NOT_FOUND:
            yield f"{shorten(one.subject)}: not adopted: the account has no such number or SID"
        elif one.reason is SkipReason.REFUSED:
            yield f"{printable(one.subject)}: not adopted: {one.detail}"


def _are(count: int) -> str:
    return f"{plural(count, 'number')} {'is' if count == 1 else 'are'}"
