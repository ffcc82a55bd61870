"""A resource whose provider succeeds at once, whatever is asked: what Pulumi itself costs."""

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class NothingProvider(ResourceProvider):
    """Importable, without state, not secret: as cheap as a dynamic provider can be."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Keep the inputs."""
        return CreateResult(str(props["phonenumber"]), props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare all there is."""
        return DiffResult(changes=_olds != _news)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Keep the new inputs."""
        return UpdateResult(_news)


class Nothing(Resource, module="benchmark", name="Nothing"):
    """A resource of that provider."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        """Declare it."""
        super().__init__(NothingProvider(), name, props)
