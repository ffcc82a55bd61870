"""Everything that one adoption will write, as a value, and what is printed about it. Pure.

It is made in two steps, since a resource declares what the table says once it is read back: first
the rows of numbers that have none, then the resources of all.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from carrierx_api.capabilities import Capability
from carrierx_api.models import ExternalDID
from carrierx_cli.adopt.resources import Adopted, adopted
from carrierx_cli.adopt.select import Selection, Skipped, SkipReason
from carrierx_cli.adopt.table import Table, with_rows
from carrierx_provider.core.json_merge import json_equal, without_nulls
from carrierx_provider.core.resource import InputFailure, PlanKind
from carrierx_provider.core.text import account_text, plural, printable, shorten
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.inputs import check_inputs
from carrierx_provider.external_did.ownership import Attributes, record_of
from carrierx_provider.external_did.schema import ADOPTED_FIELDS, ALLOWS_EMPTY
from carrierx_provider.number_table.yaml_format import TEMPLATE
from carrierx_provider.pulumi_files.urn import StackRef


@dataclass(frozen=True, slots=True)
class Adoption:
    """What will be written, and what is skipped."""

    table: str = field(repr=False)
    """The table's text, with the new rows at its end."""
    new_rows: int
    numbers: tuple[Adopted, ...]
    """What to put into the state."""
    skipped: tuple[Skipped, ...]
    undeclared_rows: int
    """Rows of numbers that the state will not have."""


def plan_adoption(  # noqa: PLR0913, PLR0917 -- what exists, and where it goes
    selection: Selection,
    account: str | None,
    table: Table,
    names_in_state: Collection[str],
    stack: StackRef,
    identity: Callable[[object], object],
) -> Adoption:
    """Plan the adoption of these numbers of an account; None is the default account.

    ``names_in_state`` are those of the stack's External DIDs, which no other number can have.
    ``identity``: what two names of one account have in common (``Connections.identity``).
    """
    rows_by_number = {
        number: label
        for (name, number), label in table.labels.items()
        if identity(name) == identity(account)
    }
    labels: dict[str, str] = {}
    declared: dict[str, dict[str, Any]] = {}
    skipped = [*selection.skipped]
    for external_did in selection.external_dids:
        sid, number = external_did.external_did_sid, external_did.phonenumber
        label = rows_by_number.get(number)
        if label is None:
            fields = _fields_to_declare(external_did, account, stack)
            if isinstance(fields, tuple):
                skipped.append(_refused(number, fields))
            else:
                declared[sid] = fields
        elif label in names_in_state:
            detail = (
                f'its row "{label}" has the name of another resource in the state: give the row '
                "another name"
            )
            skipped.append(Skipped(number, SkipReason.REFUSED, detail))
        else:
            labels[sid] = label
    new = [one for one in selection.external_dids if one.external_did_sid in declared]
    recorded = _recorded_names(new, stack, table.form.TEMPLATES)
    labels |= labels_for(new, {*table.rows, *names_in_state}, recorded)
    rows = {labels[sid]: fields for sid, fields in declared.items()}
    longer = with_rows(table, rows) if rows else table
    labelled = [one for one in selection.external_dids if one.external_did_sid in labels]
    numbers: list[Adopted] = []
    for external_did in labelled:
        label = labels[external_did.external_did_sid]
        one = adopted(external_did, label, longer.rows[label], stack)
        if isinstance(one, Adopted):
            numbers.append(one)
        else:
            skipped.append(_refused(external_did.phonenumber, one, f'its row "{label}": '))
    in_state = {*names_in_state, *(one.label for one in numbers)}
    return Adoption(
        table=longer.text,
        new_rows=len(rows),
        numbers=tuple(numbers),
        skipped=tuple(skipped),
        undeclared_rows=len(longer.rows.keys() - in_state),
    )


def _fields_to_declare(
    external_did: ExternalDID, account: str | None, stack: StackRef
) -> dict[str, Any] | tuple[InputFailure, ...]:
    """What a program has to declare about a number so that nothing about it changes.

    What is declared is then managed: the number, its capabilities and name, and whatever is set of
    callback, string keys and attributes. The carrier under the number is not declared: CarrierX
    chose it, and a declared one would replace the number as soon as CarrierX chooses another.

    The fields are in a table's order, without nulls and the ownership record. Instead of them: why
    the rules of the inputs refuse them.
    """
    attributes = Attributes.split(external_did.attributes, stack.ownership("")).values
    existing = {**external_did.model_dump(), "attributes": attributes, "account": account}
    set_fields = {
        name: existing[name]
        for name in ADOPTED_FIELDS
        # What no program can declare stays as it is.
        if existing[name] is not None and (existing[name] != "" or name in ALLOWS_EMPTY)
    }
    checked = check_inputs(set_fields)
    if checked.failures:
        return checked.failures
    # A null member of an object says nothing, as if it were absent. That holds inside arrays too,
    # but an array is one value, and without that member it is another one.
    not_kept = tuple(
        InputFailure(
            f"attributes{shown_path((key,))}",
            "holds an array with an object that has a null, which the engine cannot keep",
        )
        for key, value in without_nulls(attributes).items()
        if not json_equal(value, checked.inputs.get("attributes", {}).get(key))
    )
    if not_kept:
        return not_kept
    fields = {name: checked.inputs[name] for name in ADOPTED_FIELDS if name in checked.inputs}
    capabilities = Capability(fields["capabilities"])
    fields["capabilities"] = [str(flag.name).lower() for flag in capabilities]
    return fields


def labels_for(
    external_dids: Sequence[ExternalDID], taken: Collection[str], preferred: Mapping[str, str]
) -> dict[str, str]:
    """A label for each number by its SID; no two are the same, and none is taken.

    It is the one that is preferred for the SID, if that is free. Otherwise it is made from the
    number's name, if it has one of its own; with the number behind it where several would be the
    same, so that no label depends on the order of the numbers.
    """
    labels: dict[str, str] = {}
    used = set(taken)

    def use(external_did: ExternalDID, label: str) -> None:
        labels[external_did.external_did_sid] = label
        used.add(label)

    for external_did in external_dids:
        label = preferred.get(external_did.external_did_sid)
        if label is not None and label not in used:
            use(external_did, label)
    left = [one for one in external_dids if one.external_did_sid not in labels]
    shared = Counter(_slug(one) for one in left)
    for external_did in left:
        digits = external_did.phonenumber.removeprefix("+")
        slug = _slug(external_did)
        candidates = [slug] if slug and shared[slug] == 1 else []
        numbered = f"{slug}-{digits}" if slug else digits
        further = (f"{numbered}-{number}" for number in count(2))
        use(external_did, next(c for c in chain(candidates, [numbered], further) if c not in used))
    return labels


def _slug(external_did: ExternalDID) -> str:
    """The name in small letters, digits and hyphens; empty where it has no letters to keep."""
    name = external_did.name or ""
    # A name that CarrierX generated says less than the number.
    if re.fullmatch(r"External DID [0-9]+", name):
        return ""
    ascii_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_letters.lower())[:60].strip("-")
    # A label of digits alone would look like another number, and one with x- is a template in YAML.
    is_label = re.search(r"[a-z]", slug) and not f"{slug}-".startswith(TEMPLATE)
    return slug if is_label else ""


def _recorded_names(
    external_dids: Sequence[ExternalDID], stack: StackRef, templates: tuple[str, ...]
) -> dict[str, str]:
    """What an ownership record of this very stack calls a number, by SID; no template."""
    if stack.ownership_key is None:
        return {}
    records = ((one, record_of(one.attributes, stack.ownership_key)) for one in external_dids)
    return {
        one.external_did_sid: record.resource_name
        for one, record in records
        if record and record.stack == stack.full_name
        if record.resource_name and record.resource_name.isprintable()
        if not record.resource_name.startswith(templates)
    }


def _refused(number: str, failures: Sequence[InputFailure], where: str = "") -> Skipped:
    reasons = "; ".join(map(str, failures))
    return Skipped(number, SkipReason.REFUSED, f"{where}{reasons}")


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
    matching = "" if filter_ is None else f" that match the filter: {shorten(filter_)}"
    return f"{account_text(account)} has no numbers{matching}"


def _skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    here = sum(one.reason is SkipReason.HERE for one in skipped)
    if here:
        yield f"{_are(here)} already in this stack's state"
    elsewhere = Counter(one.detail for one in skipped if one.reason is SkipReason.ELSEWHERE)
    for stack, number in sorted(elsewhere.items()):
        yield f"{_are(number)} already in the state of the stack {stack}, and left there"
    for one in skipped:
        if one.reason is SkipReason.REFUSED:
            yield f"{shorten(one.subject)}: not adopted: {one.detail}"


def _are(count: int) -> str:
    return f"{plural(count, 'number')} {'is' if count == 1 else 'are'}"
