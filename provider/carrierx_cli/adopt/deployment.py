"""A stack's deployment with numbers put in, or taken out. Pure: the one given stays as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_cli.adopt.resource_entry import in_state
from carrierx_provider.pulumi_files.urn import PROVIDER_TYPE, STACK_TYPE, name_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from carrierx_cli.adopt.resource_entry import ResourceEntry
    from carrierx_provider.pulumi_files.urn import StackPlace

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""How a deployment marks a secret. The engine encrypts its ``plaintext`` when it imports it."""


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """One value of the stack's configuration, as the dynamic provider gets it."""

    value: str = field(repr=False)
    is_secret: bool

    def in_state(self) -> Any:  # noqa: ANN401 -- a string, or a secret's object
        """As a deployment holds it."""
        # A secret's plaintext is JSON.
        return {**SECRET, "plaintext": json.dumps(self.value)} if self.is_secret else self.value


def with_entries(
    deployment: Mapping[str, Any],
    place: StackPlace,
    entries: Iterable[ResourceEntry],
    configuration: Mapping[str, ProviderSetting],
    provider_id: str,
) -> dict[str, Any]:
    """The deployment with these numbers at its end, below the stack and its dynamic provider.

    :param configuration: the stack's, which a refresh reads from the provider's entry.
    :param provider_id: that of the provider's entry, where there is none yet.
    """
    resources: list[dict[str, Any]] = list(deployment.get("resources") or [])
    if not any(resource["type"] == STACK_TYPE for resource in resources):
        resources.insert(0, {"urn": place.stack_urn, "custom": False, "type": STACK_TYPE})
    parent = next(r["urn"] for r in resources if r["type"] == STACK_TYPE)
    provider = next((r for r in resources if _is_default_provider(r)), None)
    if provider is None:
        values = {name: setting.in_state() for name, setting in sorted(configuration.items())}
        provider = {
            "urn": place.urn(PROVIDER_TYPE, "default"),
            "custom": True,
            "id": provider_id,
            "type": PROVIDER_TYPE,
            "inputs": values,
            "outputs": values,
        }
        resources.append(provider)
    reference = f"{provider['urn']}::{provider['id']}"
    resources += [in_state(entry, place, parent, reference) for entry in entries]
    return {**deployment, "resources": resources}


def _is_default_provider(resource: Mapping[str, Any]) -> bool:
    return (
        resource["type"] == PROVIDER_TYPE
        and name_in(resource["urn"]) == "default"
        and not resource.get("delete")
    )
