"""Consoles and locales of any encoding: what is printed there, and that files are UTF-8 anyway."""

import ast
import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from tests.unit.previews import BASE, SID, number, preview, step

COMMAND = str(Path(sys.executable).with_name("pulumi-carrierx"))
NAME = "Łódź 😀"
ENVIRONMENTS = [
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii"},
    # Without PYTHONUTF8=0 Python takes this locale for one of UTF-8.
    {"LC_ALL": "C", "PYTHONUTF8": "0"},
]


def run(folder: Path, changed: dict[str, str], *arguments: str) -> tuple[int, bytes, str]:
    """Run the command in a folder: exit code, standard output, standard error."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={**kept, **changed},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode(encoding_of(changed))


def encoding_of(changed: dict[str, str]) -> str:
    return changed.get("PYTHONIOENCODING", "ascii")


@pytest.mark.parametrize("changed", ENVIRONMENTS)
def test_a_report_is_readable_on_any_console(tmp_path: Path, changed: dict[str, str]) -> None:
    """What the encoding lacks is an arrow of ASCII, or JSON's escape; documents are UTF-8."""
    text = preview(step("update", "support", BASE, number(name=NAME)))
    (tmp_path / "preview.json").write_text(text, encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(f"required: [attributes.{NAME[0]}]\n", encoding="utf-8")

    code, output, errors = run(tmp_path, changed, "report", "preview.json")
    encoding = encoding_of(changed)
    name = {
        "cp1252": r"\u0141ód\u017a \ud83d\ude00",
        "ascii": r"\u0141\u00f3d\u017a \ud83d\ude00",
    }[encoding]
    assert (code, output.decode(encoding).splitlines()[3:], errors) == (
        2,
        [
            f"  +46700987654  {name}  support",
            f'    name: not set -> "{name}"',
            f'    PATCH /phonenumber/external_dids/{SID} {{"name": "{name}"}}',
        ],
        "",
    )

    files = ("--policy", "policy.yaml", "--markdown", "r.md", "--html", "r.html", "--json", "-")
    code, output, errors = run(tmp_path, changed, "report", "preview.json", *files)
    reported = json.loads(output.decode("utf-8"))
    assert (code, reported["numbers"][0]["name"], errors) == (4, NAME, "")
    assert "attributes.Ł" in reported["violations"][0]["text"]
    for file in ("r.md", "r.html"):
        assert NAME in (tmp_path / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("changed", ENVIRONMENTS)
def test_a_check_of_the_set_up_is_readable_on_any_console(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    """In a folder of any name; a file of any name, too. Other commands are in tests/engine."""
    folder = tmp_path / NAME
    folder.mkdir()
    code, output, errors = run(folder, {**changed, "CARRIERX_TOKEN": "", "PATH": ""}, "doctor")
    lines = output.decode(encoding_of(changed)).splitlines()
    assert (code, errors) == (1, "")
    assert lines[3].startswith(f"warning  stack          no Pulumi project in {tmp_path}/")
    assert lines[-1].endswith(" failed")

    code, _, errors = run(tmp_path, changed, "simulate", "--faults", f"{NAME}.json")
    assert (code, errors.count("\n")) == (2, 1)
    assert errors.endswith(".json cannot be read: No such file or directory\n")


def test_every_file_and_stream_of_text_names_its_encoding() -> None:
    """Otherwise it would be the locale's: on Windows, and in some CI jobs, not UTF-8."""
    root = Path(__file__).parents[2]
    rooms = ("provider", "sdk", "tools", "examples")
    files = {room: sorted((root / room).rglob("*.py")) for room in rooms}
    assert all(files.values())
    without = [
        f"{file}:{call.lineno}: {ast.unparse(call)}"
        for file in chain.from_iterable(files.values())
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and _lacks_encoding(call)
    ]
    assert without == []


def _lacks_encoding(call: ast.Call) -> bool:
    keywords = {keyword.arg for keyword in call.keywords}
    called = ast.unparse(call.func)
    opens = called.rpartition(".")[2] in {"open", "fdopen", "read_text", "write_text"}
    return "encoding" not in keywords and ("text" in keywords or (opens and called != "os.open"))
