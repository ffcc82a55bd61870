"""The state's reference to the provider class, a public contract."""

import base64
import pickletools

import dill
from pulumi.dynamic.dynamic import serialize_provider

from carrierx_provider.dynamic import ExternalDIDProvider
from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER

FROZEN = (
    "gASVOAAAAAAAAACMGWNhcnJpZXJ4X3Byb3ZpZGVyLmR5bmFtaWOUjBNFeHRlcm5hbERJRFByb3ZpZGVylJOUKYGULg=="
)


def test_the_reference_never_changes() -> None:
    """Every state has this literal: another one would be a change of each resource."""
    assert EXTERNAL_DID_PROVIDER == FROZEN


def test_the_reference_leads_to_the_class() -> None:
    """Unpickled as the engine's server does it, it is an instance of the class, without state."""
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
