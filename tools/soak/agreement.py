"""Whether program, state and account agree after a run, and what the run did to get there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tools.soak.number_tables import DELETE_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.soak.number_tables import Asked, Table

_TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
_CHANGES = {"POST", "PATCH", "PUT", "DELETE"}
_CLEARED = ("callback_url", "string_key_1")
"""Fields that are null once the program has stopped stating them."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, one line each, by what it means for the owner of the numbers."""

    lost: list[str] = field(default_factory=list)
    """Numbers released although the program did not ask for it, or declared but not registered."""
    orphaned: list[str] = field(default_factory=list)
    """Registrations that the state does not know."""
    duplicated: list[str] = field(default_factory=list)
    """Numbers registered more than once, or held by two resources."""
    different: list[str] = field(default_factory=list)
    """Anything else in which program, state and account differ."""

    def lines(self) -> list[str]:
        """All of them, each with its kind."""
        kinds = {
            "lost": self.lost,
            "orphaned": self.orphaned,
            "duplicated": self.duplicated,
            "different": self.different,
        }
        return [f"{kind}: {line}" for kind, lines in kinds.items() for line in lines]


def operations(calls: Iterable[Mapping[str, Any]]) -> int:
    """How many of the logged calls have changed something."""
    return sum(call["method"] in _CHANGES and _carried_out(call) for call in calls)


def ledger(
    calls: Iterable[Mapping[str, Any]], asked: Asked, sids_before: Mapping[str, str]
) -> Findings:
    """What the calls registered and released, against what the program asked for.

    Args:
        calls: The simulator's log of the run, the recovery included.
        sids_before: The SID of each number before the run.
    """
    findings = Findings()
    number_of = {sid: number for number, sid in sids_before.items()}
    registered: Counter[str] = Counter()
    for call in calls:
        if not _carried_out(call):
            continue
        if call["method"] == "POST":
            registered["+" + call["body"]["phonenumber"].lstrip("+")] += 1
        elif call["method"] == "DELETE":
            sid = call["path"].rpartition("/")[2]
            number = number_of.get(sid)
            if number is None:
                findings.lost.append(f"SID {sid} was registered and released in the same run")
            elif number not in asked.released | asked.replaced:
                findings.lost.append(f"{number} was released, and the program did not ask for it")
    for number, times in registered.items():
        if number not in asked.registered | asked.replaced:
            findings.duplicated.append(
                f"{number} was registered, and the program did not ask for it"
            )
        elif times > 1:
            findings.duplicated.append(f"{number} was registered {times} times")
    return findings


def agreement(
    table: Table,
    deployment: Mapping[str, Any],
    account: Mapping[str, Mapping[str, Any]],
    ownership_key: str | None = None,
) -> Findings:
    """Compare the program's table, the exported state and the account's numbers, each with each.

    Args:
        account: Every registered number's object, by number.
        ownership_key: The attribute that is the provider's own, if there is one.
    """
    findings = Findings()
    pending = deployment.get("pending_operations") or []
    findings.different.extend(
        f"pending operation {each['type']} of {each['resource']['urn']}" for each in pending
    )
    resources = [each for each in deployment.get("resources", []) if each["type"] == _TYPE]
    findings.different.extend(
        f"{_name(each)} is still to be deleted" for each in resources if each.get("delete")
    )
    holders = Counter(each["id"] for each in resources)
    findings.duplicated.extend(
        f"{times} resources hold SID {sid}" for sid, times in holders.items() if times > 1
    )
    findings.orphaned.extend(
        f"{number} has SID {did['external_did_sid']}, which no resource holds"
        for number, did in account.items()
        if did["external_did_sid"] not in holders
    )
    by_name = {_name(each): each for each in resources if not each.get("delete")}
    findings.different.extend(
        f"{name} is in the state and not in the program" for name in by_name.keys() - table.keys()
    )
    for name, declared in table.items():
        number = declared["phonenumber"]
        resource, did = by_name.get(name), account.get(number)
        if did is None:
            findings.lost.append(f"{number} ({name}) is declared and not registered")
        elif resource is None:
            findings.different.append(f"{name} is in the program and not in the state")
        elif resource["id"] != did["external_did_sid"]:
            findings.different.append(
                f"{number} ({name}) has SID {did['external_did_sid']}, and {resource['id']} "
                "in the state"
            )
        else:
            findings.different.extend(
                f"{number} ({name}): {line}"
                for line in _differences(declared, resource["outputs"], did, ownership_key)
            )
    return findings


def left_alone(
    foreign: Mapping[str, Mapping[str, Any]], account: Mapping[str, Mapping[str, Any]]
) -> Findings:
    """Look whether numbers of another stack are what they were, by number."""
    return Findings(
        lost=[
            f"{number} of another stack was released or changed"
            for number, did in foreign.items()
            if account.get(number) != did
        ]
    )


def _differences(
    declared: Mapping[str, Any],
    outputs: Mapping[str, Any],
    did: Mapping[str, Any],
    ownership_key: str | None,
) -> list[str]:
    lines = []
    for name, value in declared.items():
        if name in {"phonenumber", "attributes", DELETE_FIRST}:
            continue
        if outputs.get(name) != value:
            lines.append(f"{name} is {outputs.get(name)!r} in the state, and declared as {value!r}")
        if did[name] != value:
            lines.append(f"{name} is {did[name]!r} at CarrierX, and declared as {value!r}")
    lines.extend(
        f"{name} is {did[name]!r} at CarrierX, and no longer declared"
        for name in _CLEARED
        if name not in declared and did[name] is not None
    )
    attributes = {k: v for k, v in (did["attributes"] or {}).items() if k != ownership_key}
    if attributes != declared.get("attributes", {}):
        lines.append(
            f"attributes are {attributes} at CarrierX, and declared as {declared.get('attributes')}"
        )
    return lines


def merged(*parts: Findings) -> Findings:
    """All findings in one."""
    return Findings(
        lost=[line for part in parts for line in part.lost],
        orphaned=[line for part in parts for line in part.orphaned],
        duplicated=[line for part in parts for line in part.duplicated],
        different=[line for part in parts for line in part.different],
    )


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rsplit("::", 1)[-1]


def _carried_out(call: Mapping[str, Any]) -> bool:
    """Whether CarrierX did what the call asked, whatever came of the answer."""
    return call["outcome"] is not None and httpx.codes.is_success(call["outcome"])
