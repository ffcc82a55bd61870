"""What ``up`` does with a number that it is to register, should it be registered already.

Only CarrierX knows whether it is, and a report asks nobody. What it can tell is which settings let
a registration that stands be taken over (see ``external_did.claim``), and the most that ``up`` then
sends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from carrierx_cli.report.calls import calls_if_found
from carrierx_provider.external_did.plan import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carrierx_cli.report.calls import ReportedCall
    from carrierx_cli.report.masking import Path
    from carrierx_provider.core.plan import Branch
    from carrierx_provider.external_did.inputs import Inputs


def or_taken_over(
    made: Iterable[ReportedCall],
    stated: Inputs,
    branches: Iterable[Branch],
    secrets: frozenset[Path],
) -> tuple[ReportedCall, ...]:
    """The calls, and after a registration the most that is called if the number has one already."""
    instead = calls_if_found(branches, secrets)
    either: list[ReportedCall] = []
    for call in made:
        is_registration = call.method == "POST"
        if is_registration and stated.adopts:
            either.append(replace(call, certain=False, only_if=Condition.FREE))
        else:
            either.append(call)
        either += instead if is_registration else ()
    return tuple(either)
