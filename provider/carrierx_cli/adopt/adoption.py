"""Everything that one adoption will write, as a value: rows, resources, and what is left out. Pure.

Made in two steps, since the resources state what the table says once it has been read back: first
the rows of numbers that have none, then the resources of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_cli.adopt.labels import labels_for
from carrierx_cli.adopt.resources import Adopted, adopted
from carrierx_cli.adopt.select import IS_MANAGED, Skipped, SkipReason
from carrierx_cli.adopt.stated_fields import fields_to_state
from carrierx_cli.adopt.table import with_rows
from carrierx_provider.core.plan import PlanKind
from carrierx_provider.external_did.inputs import check_inputs
from carrierx_provider.external_did.ownership import Ownership, record_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from carrierx_api.models import ExternalDID
    from carrierx_cli.adopt.select import Selection
    from carrierx_cli.adopt.table import Rows, Table
    from carrierx_provider.core.resource import InputFailure
    from carrierx_provider.pulumi_files.urn import StackRef


@dataclass(frozen=True, slots=True)
class Adoption:
    """What will be written, and what a person is told."""

    table: str = field(repr=False)
    """The table's text, with the new rows at its end."""
    new_rows: int
    entries: tuple[Adopted, ...]
    """The resources to put into the state."""
    skipped: tuple[Skipped, ...]
    unstated: int
    """Rows of numbers that the state will not have."""

    @property
    def differing(self) -> tuple[Adopted, ...]:
        """Those of which a person's row states something else than what stands at CarrierX."""
        return tuple(e for e in self.entries if e.plan.kind is not PlanKind.UNCHANGED)

    @property
    def all_are_managed(self) -> bool:
        """Whether every number that was asked for will be in a stack of the project."""
        return all(one.reason in IS_MANAGED for one in self.skipped)


def adoption_of(
    choice: Selection,
    account: str | None,
    table: Table,
    names_in_state: Collection[str],
    place: StackRef,
) -> Adoption:
    """What an adoption of these numbers comes to.

    :param account: where they are registered; None is the default account.
    :param table: as it is until now.
    :param names_in_state: of the stack's External DIDs, which are no names for others.
    :raises TableError: the table cannot be made longer.
    """
    new = rows_for(choice.external_dids, account, table.rows, names_in_state, place)
    longer = with_rows(table, new.rows) if new.rows else table
    resources = resources_for(choice.external_dids, new.labels, longer.rows, place)
    in_state = {*names_in_state, *(entry.label for entry in resources.entries)}
    return Adoption(
        table=longer.text,
        new_rows=len(new.rows),
        entries=resources.entries,
        skipped=(*choice.skipped, *new.skipped, *resources.skipped),
        unstated=len(longer.rows.keys() - in_state),
    )


@dataclass(frozen=True, slots=True)
class NewRows:
    """The rows to append, and the label of each number, in the table already or about to be."""

    rows: dict[str, dict[str, Any]] = field(repr=False)
    labels: dict[str, str]
    """By SID."""
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class NewResources:
    """The resources to put into the state."""

    entries: tuple[Adopted, ...]
    skipped: tuple[Skipped, ...]


def rows_for(
    external_dids: Sequence[ExternalDID],
    account: str | None,
    table: Rows,
    names_in_state: Collection[str],
    place: StackRef,
) -> NewRows:
    """The rows that the table lacks.

    :param names_in_state: of the stack's External DIDs, which are no names for others.
    """
    in_table = _labels_by_number(table)
    labels: dict[str, str] = {}
    stated: dict[str, dict[str, Any]] = {}
    new: list[ExternalDID] = []
    skipped: list[Skipped] = []
    for external_did in external_dids:
        sid, number = external_did.external_did_sid, external_did.phonenumber
        label = in_table.get((account, number))
        if label is not None and label in names_in_state:
            detail = (
                f'its row "{label}" has the name of another resource in the state: give the row '
                "another name"
            )
            skipped.append(Skipped(number, SkipReason.REFUSED, detail))
        elif label is not None:
            labels[sid] = label
        else:
            record = Ownership(place.ownership_key, "") if place.ownership_key else None
            to_state = fields_to_state(external_did, account, record)
            if to_state.failures:
                skipped.append(_refused(number, to_state.failures))
            else:
                stated[sid] = to_state.fields
                new.append(external_did)
    labels |= labels_for(new, {*table, *names_in_state}, _recorded_names(new, place))
    rows = {labels[one.external_did_sid]: stated[one.external_did_sid] for one in new}
    return NewRows(rows, labels, tuple(skipped))


def resources_for(
    external_dids: Iterable[ExternalDID],
    labels: Mapping[str, str],
    table: Rows,
    place: StackRef,
) -> NewResources:
    """The resources of the numbers that have a row.

    :param labels: by SID; a number without one is left out.
    :param table: as it is read back with the new rows.
    """
    entries: list[Adopted] = []
    skipped: list[Skipped] = []
    for external_did in external_dids:
        label = labels.get(external_did.external_did_sid)
        if label is None:
            continue
        entry = adopted(external_did, label, table[label], place)
        if isinstance(entry, Adopted):
            entries.append(entry)
        else:
            skipped.append(_refused(external_did.phonenumber, entry, f'its row "{label}": '))
    return NewResources(tuple(entries), tuple(skipped))


def _labels_by_number(table: Rows) -> dict[tuple[str | None, str], str]:
    """The label by account and number; a number that is none stays as it is written."""
    return {
        (fields.get("account"), _number(fields.get("phonenumber"))): label
        for label, fields in table.items()
    }


def _number(written: object) -> str:
    return str(check_inputs({"phonenumber": written}).inputs.get("phonenumber", written))


def _recorded_names(external_dids: Sequence[ExternalDID], place: StackRef) -> dict[str, str]:
    """What a record of this very stack calls a number, by SID."""
    if place.ownership_key is None:
        return {}
    records = {
        one.external_did_sid: record_of(one.attributes, place.ownership_key)
        for one in external_dids
    }
    return {
        sid: record.resource_name
        for sid, record in records.items()
        if record is not None
        and record.stack == place.full_name
        and record.resource_name.isprintable()
        and record.resource_name
    }


def _refused(number: str, failures: Sequence[InputFailure], where: str = "") -> Skipped:
    reasons = "; ".join(map(str, failures))
    return Skipped(number, SkipReason.REFUSED, f"{where}{reasons}")
