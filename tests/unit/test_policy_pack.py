"""The policy pack of the examples, asked over the protocol by which an engine asks it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.policy import read_policy, violations_of
from carrierx_provider.pulumi_files.preview import read_preview
from tests.unit.previews import BASE, TYPE, UNKNOWN, preview, step, urn

pytestmark = pytest.mark.xdist_group("policy pack")

PACK = Path(__file__).resolve().parents[2] / "examples" / "policy-pack"
Pack = analyzer_pb2_grpc.AnalyzerStub

ALLOWED = {"callback_url": "https://sms.example.com/a", "attributes": {"owner": "care"}}
ELSEWHERE = "https://secret.evil.example/a"
SECRET_URL = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": ELSEWHERE
}  # fmt: skip
HOST = (
    "A callback URL has a host that is allowed\n"
    "the host of its callback_url is not one of policy.yaml"
)
UNPROTECTED = (
    "A number without the release label is protected\n"
    "set protect=True; or, to release it, the label attributes.release"
)
OWNER = (
    "The program declares what is required for every number\n"
    "attributes.owner is required: declare it in the program"
)


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    with running(PACK) as stub:
        yield stub


@contextmanager
def running(folder: Path) -> Iterator[Pack]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.terminate()


def messages_of(
    pack: Pack, inputs: dict[str, Any], *, protect: bool = True, resource_type: str = TYPE
) -> list[str]:
    """What the pack says about a number that is registered with these inputs."""
    request = analyzer_pb2.AnalyzeRequest(
        type=resource_type,
        properties=json_format.ParseDict({**BASE, **inputs}, struct_pb2.Struct()),
        urn=urn("support", resource_type),
        name="support",
        options=analyzer_pb2.AnalyzerResourceOptions(protect=protect),
    )
    found = pack.Analyze(request, timeout=30).diagnostics
    assert {one.enforcementLevel for one in found} <= {analyzer_pb2.MANDATORY}
    return [one.message for one in found]


def test_the_pack_has_a_mandatory_policy_for_each_rule(pack: Pack) -> None:
    """Under the names of the file's rules."""
    policies = pack.GetAnalyzerInfo(struct_pb2.Value(), timeout=30).policies
    names = ("callback-url-hosts", "release-needs-label", "required")
    assert {one.name: one.enforcementLevel for one in policies} == dict.fromkeys(
        names, analyzer_pb2.MANDATORY
    )


@pytest.mark.parametrize(
    ("inputs", "messages"),
    [
        ({**ALLOWED, "callback_url": SECRET_URL}, [HOST]),
        ({"callback_url": ELSEWHERE, "attributes": [1]}, [HOST, OWNER]),
        ({"callback_url": UNKNOWN, "attributes": {"owner": UNKNOWN, "inner": [UNKNOWN]}}, []),
        ({"attributes": UNKNOWN}, []),
    ],
)
def test_a_number_that_breaks_a_rule_is_refused(
    pack: Pack, inputs: dict[str, Any], messages: list[str]
) -> None:
    """In the words of the report, except for a host, which may be secret.

    What is known only after ``up`` passes in the preview: the engine asks again in ``up``.
    """
    assert messages_of(pack, inputs) == messages
    assert messages_of(pack, inputs, resource_type="random:index:RandomPet") == []


@pytest.mark.parametrize(
    ("attributes", "messages"),
    [
        ({}, [UNPROTECTED]),
        ({"release": "soon"}, [UNPROTECTED]),
        ({"release": "approved"}, []),
        ({"release": UNKNOWN}, []),
    ],
)
def test_without_its_label_a_number_stays_protected(
    pack: Pack, attributes: dict[str, Any], messages: list[str]
) -> None:
    """No pack is asked about a deletion; the engine refuses to delete what is protected."""
    inputs = {"attributes": {"owner": "care", **attributes}}
    assert messages_of(pack, inputs, protect=False) == messages
    assert messages_of(pack, inputs, protect=True) == []


URLS = [None, ALLOWED["callback_url"], "https://a.example.net", ELSEWHERE, "https://[::1", "x"]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "attributes", [None, {}, {"owner": None}, {"owner": ""}, {"owner": 0}, {"owner": "a"}]
)
def test_a_report_says_the_same_of_the_same_inputs(
    pack: Pack, url: object, attributes: object
) -> None:
    """What the report says in a pull request also holds in ``up``."""
    declared = {"callback_url": url, "attributes": attributes}
    inputs = {name: value for name, value in declared.items() if value is not None}
    policy = read_policy((PACK / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml")
    steps = preview(step("create", "support", None, {**BASE, **inputs}))
    reported = violations_of(policy, analyze(read_preview(steps)).rows)
    messages = {"callback_url_hosts": HOST, "required": OWNER}
    assert messages_of(pack, inputs) == [messages[one.rule] for one in reported]


def test_a_rule_that_allows_nothing_is_a_rule(tmp_path: Path) -> None:
    """An empty list of hosts forbids every callback URL; what is left out forbids nothing."""
    folder = shutil.copytree(PACK, tmp_path / "pack", ignore=shutil.ignore_patterns("venv"))
    (folder / "policy.yaml").write_text("callback_url_hosts: []\n", encoding="utf-8")
    with running(folder) as strict:
        assert messages_of(strict, ALLOWED, protect=False) == [HOST]
        assert messages_of(strict, {}, protect=False) == []
