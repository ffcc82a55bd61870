"""The settings: base URLs, times, the rate of calls, the ownership key, SIDs to take over."""

from collections.abc import Mapping

import pytest

from carrierx_provider.core.settings import ConfigurationError, InvalidSettingsError, Settings
from tests.unit.outlines import error_of

TOKEN = "a-token-that-must-not-show"
BASE_URL_SETTINGS = "(carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts)"


def settings_of(
    configuration: Mapping[str, object] | None = None, environment: dict[str, str] | None = None
) -> Settings:
    return Settings.of({"carrierx:token": TOKEN, **(configuration or {})}.get, environment or {})


@pytest.mark.parametrize(
    "base_url",
    [
        *("https://api.carrierx.com/core/v2", "https://10.0.0.1:8443/core/v2"),
        *("http://localhost:8642/core/v2", "HTTP://LOCALHOST/core/v2"),
        *("http://127.0.0.1:8642/core/v2", "http://127.9.9.9/core/v2", "http://[::1]:8642/core/v2"),
    ],
)
def test_https_and_this_machine_itself_are_accepted(base_url: str) -> None:
    """Any host may be reached by https, loopback addresses by plain http."""
    assert settings_of({"carrierx:baseUrl": base_url}).access(None).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        *("http://api.carrierx.com/core/v2", "http://10.0.0.1/core/v2", "http://0.0.0.0/core/v2"),
        *("http://[::]/core/v2", "http://[fe80::1]/core/v2", "http://localhost.example/core/v2"),
        *("http://127.0.0.1.example/core/v2", "http://127.1/core/v2", "http://2130706433/core/v2"),
    ],
)
def test_plain_http_to_another_machine_is_refused(base_url: str) -> None:
    """Anyone on the way could read the token; only loopback addresses are this machine."""
    accounts = {"reseller-b": {"token": TOKEN, "baseUrl": base_url}}
    for configuration, environment, account in (
        ({"carrierx:baseUrl": base_url}, {}, None),
        ({}, {"CARRIERX_BASE_URL": base_url}, None),
        ({"carrierx:accounts": accounts}, {}, "reseller-b"),
    ):
        settings = settings_of(configuration, environment)
        assert error_of(ConfigurationError, settings.access, account) == (
            f"the base URL {BASE_URL_SETTINGS} is plain http, which would show the token to the "
            "network: use https, or a host of this machine itself (localhost, 127.0.0.1, [::1])"
        )


@pytest.mark.parametrize(
    "base_url",
    [
        *("api.carrierx.com", "http://[bad", "http://user:s3cr3t@127.0.0.1/core/v2"),
        *("http://[::1]example.com/core/v2", "http://127.0.0.1\\@example.com/core/v2"),
        *("http://127.0.0.1@example.com/core/v2", "http://localhost%2eexample.com/core/v2"),
        *("http://\uff11\uff12\uff17.0.0.1/core/v2", "https://a..b/core/v2"),
        *(f"https://{'a' * 64}.example/core/v2", "https://x:99999/core/v2", "https:///core/v2"),
        "file:///etc/passwd",
    ],
)
def test_a_host_that_two_readers_may_read_differently_is_refused(base_url: str) -> None:
    """What is checked here must be what the HTTP library connects to."""
    settings = settings_of({"carrierx:baseUrl": base_url})
    assert error_of(ConfigurationError, settings.access, None) == (
        f"the base URL {BASE_URL_SETTINGS} is not a plain http(s) URL such as "
        "https://api.carrierx.com/core/v2"
    )


def test_times_and_rate_have_defaults() -> None:
    """30 s for a response, 60 s for an operation, and no limit to the rate of calls."""
    settings = settings_of()
    assert (settings.timeout_seconds, settings.deadline_seconds) == (30.0, 60.0)
    assert settings.requests_per_second is None
    assert settings.access(None).token == TOKEN


def test_times_and_rate_come_from_the_configuration_first() -> None:
    """Setting by setting: the stack's configuration, then the environment; also fractions."""
    environment = {
        "CARRIERX_TIMEOUT_SECONDS": "7",
        "CARRIERX_DEADLINE_SECONDS": " 600 ",
        "CARRIERX_REQUESTS_PER_SECOND": " 0.5 ",
    }
    settings = settings_of(
        {"carrierx:timeoutSeconds": "2.5", "carrierx:deadlineSeconds": None}, environment
    )
    assert (settings.timeout_seconds, settings.deadline_seconds) == (2.5, 600.0)
    assert settings.requests_per_second == 0.5
    settings = settings_of(
        {"carrierx:timeoutSeconds": 5, "carrierx:requestsPerSecond": 20}, environment
    )
    assert (settings.timeout_seconds, settings.requests_per_second) == (5.0, 20.0)


def test_former_stacks_are_listed_by_commas() -> None:
    """Each is a project and a stack; anything else is no stack at all."""
    settings = settings_of({"carrierx:formerStack": "shop/prod, shop/dev"})
    assert settings.former_stacks == {"shop/prod", "shop/dev"}
    with pytest.raises(InvalidSettingsError) as caught:
        settings_of({"carrierx:formerStack": "prod"})
    assert "must be PROJECT/STACK, such as shop/production" in str(caught.value)


@pytest.mark.parametrize("wrong", ["sure", "[1]"])
def test_a_confirmation_is_true_or_false(wrong: str) -> None:
    """A value that is neither confirms nothing."""
    with pytest.raises(InvalidSettingsError) as caught:
        settings_of({}, {"CARRIERX_CONFIRM_GONE": wrong})
    assert str(caught.value) == "CARRIERX_CONFIRM_GONE must be true or false"
    assert caught.value.valid.confirm_gone is False
    assert settings_of({"carrierx:confirmGone": True}, {}).confirm_gone is True


NUMERIC = {
    "timeoutSeconds": "CARRIERX_TIMEOUT_SECONDS must be a positive number of seconds, such as 30",
    "deadlineSeconds": "CARRIERX_DEADLINE_SECONDS must be a positive number of seconds, such as 30",
    "requestsPerSecond": "CARRIERX_REQUESTS_PER_SECOND must be a positive number of calls per "
    "second, such as 10",
}


@pytest.mark.parametrize("wrong", ["0", "-1", "30 s", "nan", "inf", "1e999", "true", "[1]"])
@pytest.mark.parametrize("name", NUMERIC)
def test_an_invalid_number_is_an_error(name: str, wrong: str) -> None:
    """The error names the setting where it was found; no other place and no default is used."""
    key, line = f"carrierx:{name}", NUMERIC[name]
    variable = line.partition(" ")[0]
    assert error_of(ConfigurationError, settings_of, {}, {variable: wrong}) == line
    assert error_of(ConfigurationError, settings_of, {key: wrong}, {variable: "1"}) == (
        line.replace(variable, key)
    )


@pytest.mark.parametrize("key", ["managed_by", "a.B:c-9_", "x" * 64])
def test_the_ownership_key_is_an_attribute(key: str) -> None:
    """It comes from the stack's configuration first, then from the environment."""
    variable = {"CARRIERX_OWNERSHIP_KEY": key}
    assert settings_of(environment=variable).ownership_key == key
    assert settings_of({"carrierx:ownershipKey": "first"}, variable).ownership_key == "first"
    assert settings_of().ownership_key is None


def test_every_invalid_setting_is_in_the_error() -> None:
    """The settings that are valid can be used all the same, by ``doctor``."""
    with pytest.raises(InvalidSettingsError) as caught:
        settings_of(
            {"carrierx:ownershipKey": "managed by", "carrierx:timeoutSeconds": "soon"},
            {"CARRIERX_REQUESTS_PER_SECOND": "2"},
        )
    assert str(caught.value) == (
        "carrierx:ownershipKey must be a plain key such as managed_by: up to 64 letters, digits, "
        '"_", ".", ":" and "-"; carrierx:timeoutSeconds must be a positive number of seconds, such '
        "as 30"
    )
    assert list(caught.value.problems) == ["carrierx:ownershipKey", "carrierx:timeoutSeconds"]
    assert caught.value.valid.ownership_key is None
    assert caught.value.valid.requests_per_second == 2
    assert caught.value.valid.access(None).token == TOKEN
    assert caught.value.__context__ is None


def test_the_registrations_to_take_over_are_a_list() -> None:
    """CARRIERX_ADOPT: SIDs, by commas; white space and empty entries do not count."""
    adopted = settings_of(environment={"CARRIERX_ADOPT": " one, two,,three ,"}).adopted_sids
    assert adopted == frozenset({"one", "two", "three"})
    assert settings_of().adopted_sids == frozenset()
    assert settings_of({"carrierx:adopt": "one", "CARRIERX_ADOPT": "one"}).adopted_sids == set()
