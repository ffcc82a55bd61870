"""``python -m carrierx_simulator``, as a process: flags, ready line, signals, the data file."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import NUMBER, Connect, Start, path_of

MODULE = ("-m", "carrierx_simulator")
ONE = "8d1f6c1e-5a0b-4f3e-9a57-0f4f6f6a2b01"
TWO = "0b5c7a39-7d5e-4f10-9f63-2f1d0c6f7a11"
REGISTERED = {"phonenumber": NUMBER, "capabilities": 3}
WHO = "pulumi-carrierx simulate: "
KNOWN = (
    "phonenumber.create, phonenumber.delete, phonenumber.manage, phonenumber.read, "
    "phonenumber.update"
)


def run(*flags: str, program: Sequence[str] = MODULE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, *flags],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_says_when_it_is_ready_and_stops_cleanly(
    start: Start, connect: Connect, name: str
) -> None:
    """One line with the base URL appears when it serves; a signal ends it with exit code 0."""
    process, base_url = start("--port", "0")
    port = int(base_url.removeprefix("http://127.0.0.1:").removesuffix("/core/v2"))
    assert port > 0
    # The client keeps its connection open, which must not hold up the end.
    assert connect(base_url).total() == 0
    process.send_signal(getattr(signal, name))
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_data_file_survives_the_end(
    start: Start, connect: Connect, tmp_path: Path, name: str
) -> None:
    """What had a response before the signal is there again: each write is committed."""
    data = str(tmp_path / "numbers.db")
    process, base_url = start("--port", "0", "--data", data)
    client = connect(base_url)
    kept, gone = client.register(attributes={"a": "ö"}), client.register("46700000002")
    path = path_of(kept)
    client.patch(path, json={"name": "new", "attributes": {"b": 1}}).raise_for_status()
    client.post(f"{path}/messaging", json={"enabled": True}).raise_for_status()
    client.delete(path_of(gone)).raise_for_status()
    process.send_signal(getattr(signal, name))
    process.wait(60)
    _, base_url = start("--port", "0", "--data", data)
    client = connect(base_url)
    expected = {**kept, "name": "new", "attributes": {"a": "ö", "b": 1}}
    assert client.get(path).json() == expected
    assert client.get(f"{path}/messaging").json()["enabled"] is True
    assert client.numbers() == [NUMBER]
    assert client.post("/external_dids", json=REGISTERED).status_code == 409
    # A number is never given the generated name of a number that was deleted.
    assert client.register("46700000002")["name"] == "External DID 102507"


def test_memory_is_forgotten(start: Start, connect: Connect) -> None:
    """Without --data nothing survives; without --token the documented one may do everything."""
    process, base_url = start("--port", "0")
    connect(base_url, "simulator-sample-token").register()
    process.terminate()
    process.wait(60)
    _, base_url = start("--port", "0", "--data", ":memory:")
    assert connect(base_url).total() == 0


def test_all_flags_take_effect(start: Start, connect: Connect) -> None:
    """Tokens with their scopes, deep merge, latency and rate limit do what they say."""
    reader_token = "reader=phonenumber.read,phonenumber.create"
    _, base_url = start(
        *("--host", "127.0.0.1", "--port", "0", "--merge", "deep", "--latency-ms", "20"),
        *("--rate-limit", "3", "--token", "boss", "--token", reader_token),
    )
    boss, reader = connect(base_url, "boss"), connect(base_url, "reader")
    response = boss.post("/external_dids", json={**REGISTERED, "attributes": {"n": {"a": 1}}})
    assert response.elapsed.total_seconds() >= 0.02
    path = path_of(response.json())
    boss.patch(path, json={"attributes": {"n": {"b": 2}}}).raise_for_status()
    assert reader.get(path).json()["attributes"] == {"n": {"a": 1, "b": 2}}
    assert reader.delete(path).status_code == 403
    assert reader.post("/external_dids", json=REGISTERED).status_code == 409
    assert connect(base_url).get(path).status_code == 401
    assert any(boss.get(path).status_code == 429 for _ in range(100))


def test_a_fault_plan_is_read_from_a_file(start: Start, connect: Connect, tmp_path: Path) -> None:
    """With --faults the plan in the file is in force from the first call on."""
    plan = tmp_path / "faults.json"
    plan.write_text(
        '{"faults": [{"calls": {"first": 1}, "fault": "status", "status": 503}],'
        ' "rate_limits": {"1": 1}}'
    )
    _, base_url = start("--port", "0", "--faults", str(plan), "--token", "a", "--token", "b")
    a, b = connect(base_url, "a"), connect(base_url, "b")
    assert [a.get("/external_dids").status_code for _ in range(2)] == [503, 200]
    assert any(b.get("/external_dids").status_code == 429 for _ in range(100))


def test_each_token_can_have_its_account(start: Start, connect: Connect) -> None:
    """The first --partner-sid is the account of the first --token, and so on."""
    _, base_url = start(
        *("--port", "0", "--token", "a", "--token", "b=phonenumber.read", "--token", "c"),
        *("--partner-sid", ONE, "--partner-sid", TWO, "--partner-sid", ONE),
    )
    a, b, c = (connect(base_url, token) for token in "abc")
    assert a.register()["partner_sid"] == ONE
    assert (b.numbers(), c.numbers()) == ([], [NUMBER])
    assert b.post("/external_dids", json=REGISTERED).status_code == 403


def test_the_sample_token_can_have_another_account(start: Start, connect: Connect) -> None:
    """Without --token the partner is that of the documented token."""
    _, base_url = start("--port", "0", "--partner-sid", TWO)
    assert connect(base_url).register()["partner_sid"] == TWO


SHALLOW = "--merge: must be shallow or deep, not both"
HOST = "--host: must not be empty"


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        ("--merge both", [SHALLOW]),
        ("--host=", [HOST]),
        ("--data=", ["--data: must be a file or :memory:"]),
        ("--token=", ["--token: token 1 is empty"]),
        ("--token a --token ö", ["--token: token 2 must be printable ASCII without whitespace"]),
        ("--token a=", [f"--token: token 1 has no scope; known are {KNOWN}"]),
        (
            "--token a=phonenumber.read,sms.send",
            [f"--token: token 1 has the unknown scope sms.send; known are {KNOWN}"],
        ),
        ("--token a --token a", ["--token: names the same token twice"]),
        (
            f"--token a --partner-sid {ONE[:-1]}",
            [
                f"--partner-sid: token 1 has the partner_sid '{ONE[:-1]}'; it must be a UUID in "
                "lower case"
            ],
        ),
        (
            f"--token a --token b --partner-sid {ONE} --host=",
            [HOST, "--partner-sid: must be given once for each token (tokens: 2, partners: 1)"],
        ),
        ("--host= --merge both", [HOST, SHALLOW]),
        (
            "--faults TMP/wrong.json --merge both",
            [
                SHALLOW,
                "--faults: TMP/wrong.json: faults[0].seconds: is required",
                "--faults: TMP/wrong.json: faults[1].when: must be 'before' or 'after', not 1",
            ],
        ),
        ("--faults TMP/no", ["--faults: TMP/no cannot be read: No such file or directory"]),
    ],
)
def test_each_wrong_flag_gets_one_line(tmp_path: Path, flags: str, lines: list[str]) -> None:
    """Every wrong flag gets one line on stderr, none of them shows a token; the exit code is 2."""
    plan = {"faults": [{"fault": "slow"}, {"fault": "drop", "when": 1}]}
    (tmp_path / "wrong.json").write_text(json.dumps(plan))
    result = run(*flags.replace("TMP", str(tmp_path)).split(" "))
    expected = [WHO + line.replace("TMP", str(tmp_path)) for line in lines]
    assert (result.returncode, result.stdout, result.stderr.splitlines()) == (2, "", expected)


@pytest.mark.parametrize(
    "flag", ["--port=x", "--port=70000", "--port=-1", "--latency-ms=1s", "--rate-limit=-3"]
)
def test_a_number_outside_its_range_is_a_usage_error(flag: str) -> None:
    """A flag that needs a number in a range is named; the exit code is 2."""
    result = run(flag)
    # The rest of the text is typer's, and differs between its versions.
    assert f"Invalid value for '{flag.partition('=')[0]}'" in result.stderr
    assert (result.returncode, result.stdout) == (2, "")


def test_a_port_in_use_is_one_line() -> None:
    """A port that someone else listens on is said in one line, with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port))
    line = (
        f"{WHO}cannot listen on 127.0.0.1 port {port}: Address already in use; --port names "
        "another, and --port 0 picks a free one\n"
    )
    assert (result.returncode, result.stdout, result.stderr) == (1, "", line)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("numbers.csv", "file is not a database"),
        ("other.db", "it is another program's database"),
        ("", "unable to open database file"),
        ("no/numbers.db", "unable to open database file"),
    ],
)
def test_a_file_that_is_no_data_file_is_one_line(tmp_path: Path, name: str, reason: str) -> None:
    """A data file that cannot be used is named with the reason, in one line; exit code 1."""
    (tmp_path / "numbers.csv").write_text("phonenumber,capabilities\n46700987654,3\n" * 50)
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE t (x)")
    path = tmp_path / name
    result = run("--port", "0", "--data", str(path))
    line = f"{WHO}{path} cannot be used as a data file: {reason}\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", line)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    """Without starlette or uvicorn the command says in one line what to install; exit code 1."""
    # None in sys.modules is Python's own way to say that a module cannot be found.
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import typer\n"
        "from carrierx_simulator.command import simulate\n"
        "typer.run(simulate)\n"
    )
    result = run("--port", "0", program=("-c", code))
    assert result.stderr == (
        'pulumi-carrierx simulate needs the extra "simulator": '
        "pip install 'pulumi-carrierx[simulator]'\n"
    )
    assert (result.returncode, result.stdout) == (1, "")
