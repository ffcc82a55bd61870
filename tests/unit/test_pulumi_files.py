"""Pulumi's own documents: a state that loses nothing, URNs, markers, and the lock of a run."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx_provider.core.json_values import UNKNOWN_MARKERS
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.pulumi_files.deployment import (
    Deployment,
    DeploymentError,
    Resource,
    StackExport,
)
from carrierx_provider.pulumi_files.markers import SECRET, plaintext_secret, read_value
from carrierx_provider.pulumi_files.stack import is_locked
from carrierx_provider.pulumi_files.urn import EXTERNAL_DID_TYPES, URN, StackRef
from pulumi_carrierx.number_pool import POOL_TYPE
from tests.unit.outlines import error_of

GOLDEN = Path(__file__).parents[1] / "engine/golden/state-0.1.0.json"
DYNAMIC = "pulumi-python:dynamic/carrierx:ExternalDID"
NATIVE = "carrierx:index:ExternalDID"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "id": st.none() | st.text(),
    "custom": st.booleans(),
    "inputs": st.none() | st.dictionaries(st.text(), JSON),
    "outputs": st.none() | st.dictionaries(st.text(), JSON),
    "delete": st.none() | st.booleans(),
    "external": st.none() | st.booleans(),
    "parent": st.none() | st.text(),
    "dependencies": st.none() | st.lists(st.text()),
    "propertyDependencies": st.none() | st.dictionaries(st.text(), st.none() | st.lists(st.text())),
    "deletedWith": st.none() | st.text(),
    "replaceWith": st.none() | st.lists(st.text()),
    "property_dependencies": JSON,
    "ofATimeToCome": JSON,
    "created": st.just("2026-01-02T03:04:05.678901234Z"),
}
RESOURCES = st.fixed_dictionaries({"urn": st.text(), "type": st.text()}, optional=OPTIONAL)
OPERATIONS = st.fixed_dictionaries(
    {"type": st.text(), "resource": RESOURCES}, optional={"more": JSON}
)
DEPLOYMENTS = st.fixed_dictionaries(
    {},
    optional={
        "manifest": JSON,
        "secrets_providers": JSON,
        "resources": st.none() | st.lists(RESOURCES),
        "pending_operations": st.none() | st.lists(OPERATIONS),
        "metadata": JSON,
    },
)
EXPORTS = st.fixed_dictionaries(
    {"version": st.integers()}, optional={"features": JSON, "deployment": st.none() | DEPLOYMENTS}
)


@given(export=EXPORTS)
def test_a_state_loses_nothing_on_its_way_through_the_models(export: dict[str, Any]) -> None:
    """Not a field that no model names, nor one that is null, and none is added."""
    read = StackExport.parse(json.dumps(export))
    assert read.as_json() == export
    if read.deployment is not None:
        assert json.loads(read.with_deployment(read.deployment)) == export


def test_a_real_state_is_written_back_as_it_was() -> None:
    """The one that version 0.1.0 left, with resources, the manifest and secrets."""
    text = GOLDEN.read_text(encoding="utf-8")
    read = StackExport.parse(text)
    assert read.text == text
    assert read.deployment is not None
    assert json.loads(read.with_deployment(read.deployment)) == json.loads(text)
    assert {one.name for one in read.deployment.external_dids} >= {"plain", "full"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hidden", "it is not JSON"),
        ('{"deployment": {"resources": [{"urn": 7, "type": "hidden"}]}}',
         "deployment.resources.0.urn: Input should be a valid string"),
        ("[]", ": Input should be a valid dictionary or instance of StackExport"),
    ],
)  # fmt: skip
def test_a_state_of_another_form_is_refused_in_one_line(text: str, reason: str) -> None:
    """It says where, and shows no value."""
    assert error_of(DeploymentError, StackExport.parse, text) == (
        f"cannot read the state that `pulumi stack export` printed: {reason}"
    )


def test_a_state_is_compared_without_its_manifest() -> None:
    """The engine makes up the time of a state that was never written."""
    one = Deployment.model_validate({"manifest": {"time": "1"}, "metadata": {}})
    assert one.has_the_content_of(Deployment.model_validate({"metadata": {}}))
    assert not one.has_the_content_of(Deployment.model_validate({"metadata": {"x": 1}}))


def test_a_state_has_the_numbers_of_every_front() -> None:
    """Of the dynamic provider and of the native plugin, also below a component."""
    assert {DYNAMIC, NATIVE} == EXTERNAL_DID_TYPES
    urns = (
        f"urn:pulumi:dev::trial::{DYNAMIC}::a",
        f"urn:pulumi:dev::trial::carrierx:index:NumberPool${NATIVE}::b::c",
        "urn:pulumi:dev::trial::x:y:Folder::d",
    )
    resources = [Resource(urn=urn, type=URN.parse(urn).type) for urn in urns]
    deployment = Deployment().with_resources(resources)
    assert [one.name for one in deployment.external_dids] == ["a", "b::c"]


def test_a_state_has_what_a_pending_operation_is_about() -> None:
    """An interrupted delete has its resource in the operation; a create has no SID yet."""
    number = {"urn": f"urn:pulumi:dev::trial::{DYNAMIC}::a::b", "type": DYNAMIC}
    folder = {"urn": "urn:pulumi:dev::trial::x:y:Folder::c", "type": "x:y:Folder"}
    operations = [
        {"resource": {**number, "id": "two"}, "type": "deleting"},
        {"resource": number, "type": "creating"},
        {"resource": folder, "type": "creating"},
    ]
    resources = [{**number, "id": "one"}, {**number, "id": "three", "external": True}, folder]
    deployment = Deployment.model_validate(
        {"resources": resources, "pending_operations": operations}
    )
    assert set(deployment.ids()) == {"one", "two", "three"}
    assert set(deployment.ids(only_managed=True)) == {"one", "two"}
    assert len(deployment.operations) == 3
    assert deployment.names_being_created == {"a::b"}


def test_a_urn_is_split_and_joined_in_one_place() -> None:
    """Only the name may hold the separator; the type is the last of a component's."""
    text = f"urn:pulumi:dev::trial::carrierx:index:NumberPool${DYNAMIC}::a::b"
    urn = URN.parse(text)
    assert (urn.stack, urn.project, urn.type, urn.name) == ("dev", "trial", DYNAMIC, "a::b")
    assert str(urn) == text
    assert StackRef("trial", "dev", None).urn(POOL_TYPE, DYNAMIC, name="a::b") == text
    for wrong in ("", "urn:pulumi:dev::trial::x", "urn:other:dev::trial::x::y"):
        with pytest.raises(ValueError, match="not a URN"):
            URN.parse(wrong)


def test_what_a_document_hides_is_marked() -> None:
    """A secret by its signature or the engine's mask; an unknown by each of the seven markers."""
    hidden = plaintext_secret("x")
    assert hidden["plaintext"] == '"x"'
    seen = read_value({"a": [hidden, "[secret]", "plain"], "b": {"c": sorted(UNKNOWN_MARKERS)}})
    assert seen == {"a": [SECRET, SECRET, "plain"], "b": {"c": [UNKNOWN] * 7}}
    assert repr(SECRET) == "[secret]"


@pytest.mark.parametrize(
    ("backend", "lock", "locked"),
    [
        *(
            (backend, "organization/trial/dev", backend.startswith("file"))
            for backend in ("file://{}", "file://{}?metadata=skip", "file://state", "s3://x", "")
        ),
        ("file://{}", "dev", True),
        ("file://{}", "organization/trial/prod", False),
        ("file://{}", "organization/other/dev", False),
    ],
)
def test_a_lock_is_found_where_the_backend_is_a_folder(
    tmp_path: Path, backend: str, lock: str, locked: bool
) -> None:
    """It is the engine's, below the backend; a path may be relative, and have spaces."""
    state = tmp_path / "a folder" / "state"
    file = state / ".pulumi" / "locks" / lock / "a.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    url = backend.format(state.as_uri().removeprefix("file://")) or None
    assert is_locked(url, str(state.parent), "trial", "dev") is locked
