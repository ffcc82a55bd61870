"""The OpenAPI document, held against the running simulator by schemathesis."""

from typing import Any

import httpx
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.engine import StopReason, from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from tests.contract.conftest import Api

CONFIGURATION: dict[str, Any] = {
    "seed": 1,
    "continue-on-failure": True,
    "headers": {"Authorization": f"Bearer {SAMPLE_TOKEN}"},
    "generation": {"mode": "all", "max-examples": 25, "database": "none"},
    "operations": [
        {
            # CarrierX documents that a number that was just registered has no messaging yet, so a
            # 404 is right, where schemathesis expects what belongs to a new resource to be there.
            "include-operation-id": "get_messaging",
            "checks": {"ensure_resource_availability": {"enabled": False}},
        }
    ],
}


def test_the_document_is_served_without_a_token(stranger: httpx.Client, api: Api) -> None:
    """It is OpenAPI 3.1, names this simulator, and says that there is another spelling."""
    document = stranger.get(f"{api.simulator.origin}/_simulator/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": api.simulator.origin}]
    collection = "/core/v2/phonenumber/external_dids"
    assert document["paths"].keys() == {
        collection,
        f"{collection}/{{external_did_sid}}",
        f"{collection}/{{external_did_sid}}/messaging",
    }
    assert "/core/v2/phonenumber/external-dids" in document["info"]["description"]


def test_schemathesis_finds_nothing() -> None:
    """Examples, coverage, fuzzing and stateful runs, valid and invalid data, with every check."""
    with running_simulator(SimulatorSettings(messaging_delay_ms=0)) as simulator:
        schema = schemathesis.openapi.from_url(
            f"{simulator.origin}/_simulator/openapi.json",
            config=schemathesis.Config.from_dict(CONFIGURATION),
        )
        events = list(from_schema(schema).execute())
    assert not [event for event in events if isinstance(event, NonFatalError | FatalError)]
    (finished,) = (event for event in events if isinstance(event, EngineFinished))
    assert finished.stop_reason is StopReason.COMPLETED
    assert not finished.failures
    checks = [
        check
        for event in events
        if isinstance(event, ScenarioFinished)
        for checks_of_call in event.recorder.checks.values()
        for check in checks_of_call
    ]
    assert not {str(c.failure_info.failure) for c in checks if c.failure_info is not None}
    assert {check.name for check in checks} == set(CHECKS.get_all_names())
