"""The same numbers, with a dynamic provider as Pulumi's documentation teaches it.

The class lies in the program and derives from ``pulumi.dynamic.Resource``; nothing is said about
how it is pickled. Source: Pulumi's documentation, "Dynamic resource providers".
"""

import json
import os
from typing import Any
from urllib.request import Request, urlopen

from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


def call(method: str, path: str, body: object = None) -> dict[str, Any]:
    """Send one call. The standard library's client: it costs the least to load."""
    request = Request(  # noqa: S310 -- the simulator's own address
        os.environ["CARRIERX_BASE_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['CARRIERX_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    with urlopen(request) as answer:  # noqa: S310 -- as above
        content = answer.read()
    found: dict[str, Any] = json.loads(content) if content else {}
    return found


INPUTS = ("phonenumber", "capabilities", "name", "callback_url", "attributes")


class ExternalDIDProvider(ResourceProvider):
    """One number's life, without checks, without errors, without drift."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Register the number."""
        made = call("POST", "/phonenumber/external_dids", {name: props[name] for name in INPUTS})
        return CreateResult(made["external_did_sid"], {**made, **props})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Get the number."""
        return ReadResult(id_, {**call("GET", f"/phonenumber/external_dids/{id_}"), **props})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare the inputs."""
        changed = [name for name in INPUTS if _olds.get(name) != _news.get(name)]
        replaces = [name for name in changed if name in {"phonenumber", "capabilities"}]
        return DiffResult(changes=bool(changed), replaces=replaces)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send all that can be updated."""
        body = {name: _news[name] for name in ("name", "callback_url", "attributes")}
        return UpdateResult({**call("PATCH", f"/phonenumber/external_dids/{_id}", body), **_news})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Release the number."""
        call("DELETE", f"/phonenumber/external_dids/{_id}")


class ExternalDID(Resource):
    """One number."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        """Declare it."""
        super().__init__(ExternalDIDProvider(), name, props)


if __name__ == "__main__":
    # Not at the top: ``per_number`` takes the provider from here, without this module.
    from declared import declared_numbers  # type: ignore[import-not-found]  # copied there

    for index, (resource_name, inputs) in enumerate(declared_numbers(os.environ)):
        try:
            ExternalDID(resource_name, inputs)
        except RecursionError:
            print(f"RecursionError at number {index + 1}")
            raise
