"""A resource whose provider succeeds at once, whatever is asked: what Pulumi itself costs."""

import os
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

# What pulumi-carrierx keeps beside the inputs, for a state that is as large.
_MORE = {
    "active_capabilities": 3,
    "country_code": "SWE",
    "external_did_sid": "798c5c8c-3610-4f61-b5c3-534c952eebec",
    "managed_fields": {"attributes": {"team": True}, "callback_url": True, "name": True},
    "partner_sid": "a13c384d-cf78-46fd-ab8b-1056b49291ba",
    "resource_mark": "7baa298a695c4946a06762d550890eed",
    "status": "assigned",
    "reference": "gASVOAAAAAAAAACMGWNhcnJpZXJ4X3Byb3ZpZGVyLmR5bmFtaWOUjBNFeHRlcm5hbERJRFByb3ZpZGVy",
}
_OUTPUTS = _MORE if "BENCHMARK_LARGE_STATE" in os.environ else {}
_INPUTS = ("phonenumber", "capabilities", "name", "callback_url", "attributes")


class NothingProvider(ResourceProvider):
    """Importable, without state, not secret: as cheap as a dynamic provider can be."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the inputs."""
        return CreateResult(str(props["phonenumber"]), {**props, **_OUTPUTS})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare the inputs."""
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in _INPUTS))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Keep the new inputs."""
        return UpdateResult({**_news, **_OUTPUTS})


class Nothing(Resource, module="benchmark", name="Nothing"):
    """A resource of that provider."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        """Declare it."""
        super().__init__(NothingProvider(), name, props)
