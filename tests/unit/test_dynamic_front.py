"""The dynamic front: the state's reference to its class, and errors of one line only."""

import base64
import pickletools
import sys
import traceback

import dill
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import UNKNOWN as UNKNOWN_OBJECT
from pulumi.runtime import rpc

from carrierx_provider.core.resource import UNKNOWN as CORE_UNKNOWN
from carrierx_provider.dynamic import EngineError, ExternalDIDProvider
from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER

FROZEN = (
    "gASVOAAAAAAAAACMGWNhcnJpZXJ4X3Byb3ZpZGVyLmR5bmFtaWOUjBNFeHRlcm5hbERJRFByb3ZpZGVylJOUKYGULg=="
)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ExternalDIDProvider:
    monkeypatch.setattr("sys.tracebacklimit", 1000, raising=False)
    provider = ExternalDIDProvider()
    provider.configure(ConfigureRequest(config=Config(raw_config={}, project_name="trial")))
    return provider


@pytest.mark.parametrize("error", [KeyError("s3cr3t"), SystemExit("s3cr3t"), KeyboardInterrupt()])
def test_a_bug_is_one_line_without_values(
    provider: ExternalDIDProvider, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Any exception is reported so; a ``SystemExit`` that is not caught would hang the engine."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(provider._lifecycle, "check", fail)  # noqa: SLF001 -- to break it
    with pytest.raises(EngineError) as caught:
        provider.check({}, {})
    line = str(caught.value)
    assert line.startswith(
        f"pulumi-carrierx failed in check with a {type(error).__name__} at test_dynamic_front.py:"
    )
    assert line.endswith(
        ". This is a bug in pulumi-carrierx: please report this line. Run refresh before the "
        "next up."
    )
    assert "s3cr3t" not in line
    assert caught.value.__cause__ is None
    shown = "".join(traceback.format_exception_only(caught.value))
    assert shown == f"CarrierXError: {line}\n"


def test_an_invalid_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a refresh or a destroy, which run without the program that would have said so."""
    monkeypatch.setattr("sys.tracebacklimit", 1000, raising=False)
    raw = {"carrierx:timeoutSeconds": "soon", "carrierx:token": "a-token-that-must-not-show"}
    request = ConfigureRequest(config=Config(raw_config=raw, project_name="trial"))
    with pytest.raises(EngineError) as caught:
        ExternalDIDProvider().configure(request)
    assert str(caught.value) == (
        "carrierx:timeoutSeconds must be a positive number of seconds, such as 30"
    )
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    # The engine prints what ``traceback`` formats: with this limit, the line alone.
    assert sys.tracebacklimit == 0


@pytest.mark.parametrize("unknown", [UNKNOWN_OBJECT, rpc.UNKNOWN])
def test_unknowns_pass_in_either_form(provider: ExternalDIDProvider, unknown: object) -> None:
    """The SDK's object and the engine's marker both mean "not known yet", at any depth."""
    declared = {"phonenumber": unknown, "attributes": {"a": [unknown], "b": unknown}}
    checked = provider.check({}, {"__provider": "x", "capabilities": [unknown], **declared})
    assert checked.failures == []
    assert checked.inputs == {
        "phonenumber": rpc.UNKNOWN,
        "capabilities": rpc.UNKNOWN,
        "attributes": {"a": [rpc.UNKNOWN], "b": rpc.UNKNOWN},
    }


def test_a_failure_names_no_property(provider: ExternalDIDProvider) -> None:
    """For a named property the engine would print the value, which may be secret."""
    checked = provider.check({}, {"phonenumber": "+46700987654", "capabilities": 4.0})
    assert [(f.property, f.reason[:13]) for f in checked.failures] == [("", "capabilities:")]


def test_an_unknown_number_reads_as_such(
    provider: ExternalDIDProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown number may replace: it is deleted first, and the warning says what is unknown."""
    outputs = {"phonenumber": "+46700987654", "capabilities": 3.0, "managed_fields": {}}
    plan = provider._lifecycle.diff(  # noqa: SLF001 -- the front returns no warnings
        "SID", outputs, {"phonenumber": CORE_UNKNOWN, "capabilities": 3.0}
    )
    assert plan.replaces == ("phonenumber",)
    assert plan.delete_before_replace
    assert "phonenumber +46700987654 → <known after up>" in plan.warnings[0]
    assert capsys.readouterr().out == ""


def test_the_reference_never_changes_and_leads_to_the_class() -> None:
    """Every state has this literal: another one would be a change of each resource.

    Unpickled as the engine's server does it, it is an instance of the class, without state.
    """
    assert EXTERNAL_DID_PROVIDER == FROZEN
    provider = dill.loads(base64.b64decode(FROZEN))  # noqa: S301 -- our own literal
    assert type(provider) is ExternalDIDProvider
    assert vars(provider) == {}
    assert provider.serialize_as_secret_always is False


def test_the_sdk_pickles_the_class_by_reference() -> None:
    """What ``pulumi.dynamic.Resource`` would store names the class and carries no code."""
    pickled = base64.b64decode(serialize_provider(ExternalDIDProvider()))
    strings = [argument for _, argument, _ in pickletools.genops(pickled) if argument]
    assert "carrierx_provider.dynamic" in strings
    assert "ExternalDIDProvider" in strings
    assert len(pickled) < 100
