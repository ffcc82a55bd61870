"""The stack's settings, as they are given: what is wrong with them, and with each account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_provider.doctor.finding import failed, ok, warning
from carrierx_provider.settings import (
    SETTING_NAMES,
    ConfigurationError,
    Settings,
    ownership_key,
)
from carrierx_provider.shown_text import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from carrierx_provider.doctor.finding import Finding
    from carrierx_provider.settings import Access

SECRETS = ("carrierx:token", "carrierx:accounts")

MEND = "Mend it, then run this again."


def settings_findings(
    configuration: Mapping[str, str],
    in_plain_text: Collection[str],
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """What is wrong with the settings; one finding that all is well if nothing is.

    :param configuration: the stack's, by ``carrierx:…``.
    :param in_plain_text: those of its keys that are no secrets.
    """
    failures = list(dict.fromkeys(_failures(configuration, environment)))
    for reason in failures:
        yield failed("settings", reason, MEND)
    known = {f"carrierx:{name}" for name in SETTING_NAMES}
    unknown = [key for key in configuration if key.startswith("carrierx:") and key not in known]
    for key in unknown:
        text = f"{shown(key)} is no setting: the settings are {', '.join(SETTING_NAMES)}"
        yield warning("settings", text, f"Remove it: `pulumi config rm {shown(key)}`.")
    plain = [key for key in SECRETS if key in in_plain_text]
    for key in plain:
        text = f"{key} is in plain text in the stack's file and in its state"
        yield warning(
            "settings", text, f"Run `pulumi config set --secret {key}`, with a new token."
        )
    if not (failures or unknown or plain):
        settings = _counted(sum(key in known for key in configuration), "setting")
        variables = _counted(sum(name.startswith("CARRIERX_") for name in environment), "variable")
        yield ok("settings", f"{settings} of the stack, {variables} of the environment")


def accounts_of(settings: Settings) -> Iterator[tuple[str | None, Access]]:
    """The accounts that can be asked."""
    try:
        names = settings.account_names()
    except ConfigurationError:
        return
    for name in names:
        try:
            yield name, settings.access(name)
        except ConfigurationError:
            continue


def ownership_finding(configuration: Mapping[str, str], environment: Mapping[str, str]) -> Finding:
    """Whether the stack's numbers name their owner."""
    try:
        key = _ownership_key(configuration, environment)
    except ConfigurationError:
        return warning("ownership", "not checked: carrierx:ownershipKey is wrong, see settings")
    if key is None:
        return warning(
            "ownership",
            "no ownership record is kept, so a run that was killed cannot know its own numbers",
            "Run `pulumi config set carrierx:ownershipKey managed_by`.",
        )
    return ok("ownership", f"attributes.{key} names each number's owner")


def _failures(configuration: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[str]:
    settings = Settings.of(configuration.get, environment)
    try:
        names = settings.account_names()
    except ConfigurationError as error:
        yield str(error)
        names = (None,)
    for name in names:
        try:
            settings.access(name)
        except ConfigurationError as error:
            yield str(error)
    try:
        _ownership_key(configuration, environment)
    except ConfigurationError as error:
        yield str(error)


def _ownership_key(configuration: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    return ownership_key(lambda name: configuration.get(f"carrierx:{name}"), environment)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
