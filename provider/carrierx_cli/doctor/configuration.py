"""The stack's settings, as they are given: what is wrong with them, and with each account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_cli.doctor.finding import failed, ok, warning
from carrierx_provider.core.settings import (
    SETTING_NAMES,
    SETTINGS,
    ConfigurationError,
    InvalidSettingsError,
    NoTokenError,
    Settings,
)
from carrierx_provider.core.text import plural, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from carrierx_cli.doctor.finding import Finding
    from carrierx_provider.core.settings import Access

SECRETS = ("carrierx:token", "carrierx:accounts")

MEND = "Mend it, then run this again."

UNREAD = "not checked, since the stack's settings were not read"


def settings_findings(
    configuration: Mapping[str, str],
    in_plain_text: Collection[str],
    environment: Mapping[str, str],
    *,
    unread: bool = False,
) -> Iterator[Finding]:
    """What is wrong with the settings; one finding that all is well if nothing is.

    :param configuration: the stack's, by ``carrierx:…``.
    :param in_plain_text: those of its keys that are no secrets.
    :param unread: whether there is a stack whose settings are not among these.
    """
    failures = {str(error): error for error in _failures(configuration, environment)}
    for reason, error in failures.items():
        if unread and isinstance(error, NoTokenError):
            yield warning("settings", f"no token in the environment; the stack's is {UNREAD}")
        else:
            yield failed("settings", reason, MEND)
    known = {f"carrierx:{name}" for name in SETTING_NAMES}
    unknown = [key for key in configuration if key.startswith("carrierx:") and key not in known]
    for key in unknown:
        text = f"{shorten(key)} is no setting: the settings are {', '.join(SETTING_NAMES)}"
        yield warning("settings", text, f"Remove it: `pulumi config rm {shorten(key)}`.")
    astray = list(_astray(configuration, environment))
    for key, meant in astray:
        text = f"{shorten(key)} is for the program alone, and {meant} is not set"
        todo = f"If CarrierX is meant: `pulumi config set {meant}`, then `pulumi config rm {key}`."
        yield warning("settings", text, todo)
    plain = [key for key in SECRETS if key in in_plain_text]
    for key in plain:
        text = f"{key} is in plain text in the stack's file and in its state"
        yield warning(
            "settings", text, f"Run `pulumi config set --secret {key}`, with a new token."
        )
    if not (failures or unknown or astray or plain):
        settings = plural(sum(key in known for key in configuration), "setting")
        variables = plural(sum(name.startswith("CARRIERX_") for name in environment), "variable")
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


def ownership_finding(
    configuration: Mapping[str, str], environment: Mapping[str, str], *, unread: bool = False
) -> Finding:
    """Whether the stack's numbers name their owner; parameters as of ``settings_findings``."""
    settings, problems = _read(configuration, environment)
    if {"carrierx:ownershipKey", "CARRIERX_OWNERSHIP_KEY"} & problems.keys():
        return warning("ownership", "not checked: carrierx:ownershipKey is wrong, see settings")
    key = settings.ownership_key
    if key is None and unread:
        return warning("ownership", UNREAD)
    if key is None:
        return warning(
            "ownership",
            "no ownership record is kept, so a run that was killed cannot know its own numbers",
            "Run `pulumi config set carrierx:ownershipKey managed_by`.",
        )
    return ok("ownership", f"attributes.{key} names each number's owner")


def _astray(
    configuration: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Settings in another namespace, and those that may have been meant.

    ``pulumi config set token`` sets ``PROJECT:token``, of which nothing here knows.
    """
    for setting in SETTINGS:
        meant = f"carrierx:{setting.name}"
        if (
            setting.name is None
            or meant in configuration
            or environment.get(setting.variable or "")
        ):
            continue
        for key in configuration:
            namespace, _, name = key.partition(":")
            if namespace != "carrierx" and name.lower() == setting.name.lower():
                yield key, meant


def _failures(
    configuration: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[ConfigurationError]:
    settings, problems = _read(configuration, environment)
    yield from map(ConfigurationError, problems.values())
    try:
        names = settings.account_names()
    except ConfigurationError as error:
        yield error
        names = (None,)
    for name in names:
        try:
            settings.access(name)
        except ConfigurationError as error:
            yield error


def _read(
    configuration: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[Settings, Mapping[str, str]]:
    """The valid settings, and what is wrong with the others, by their names."""
    try:
        return Settings.of(configuration.get, environment), {}
    except InvalidSettingsError as error:
        return error.valid, error.problems
