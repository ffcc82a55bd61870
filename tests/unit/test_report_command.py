"""``pulumi-carrierx report`` on a preview in a file: its forms, files and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carrierx_cli.main import application
from tests.unit.outlines import cases_in
from tests.unit.previews import BASE, number, preview, step

WHO = "pulumi-carrierx report: "
CHANGED = preview(step("update", "support", BASE, number(name="New")))
FILES = ["--markdown", "r.md", "--html", "r.html", "--json", "r.json"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "nothing.json": preview(step("same", "support", BASE, BASE)),
        "changed.json": CHANGED,
        "released.json": preview(step("delete", "support", BASE)),
        "failed.json": preview(diagnostics=[{"severity": "error", "message": "no"}]),
        "policy.yaml": "release_needs_label: {attribute: release}\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")


def report(*arguments: str, given: str | bytes | None = None) -> tuple[int, str, list[str]]:
    """The exit code, standard output, and the lines of standard error."""
    done = CliRunner().invoke(application, ["report", *arguments], input=given)
    return done.exit_code, done.stdout, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("nothing.json", 0),
        ("changed.json", 2),
        ("released.json", 3),
        ("changed.json --fail-on released", 0),
        ("released.json --fail-on released", 3),
        ("released.json --fail-on violated", 0),
        ("released.json --fail-on violated --policy policy.yaml", 4),
        ("changed.json --policy policy.yaml", 2),
        ("failed.json --fail-on violated", 1),
    ],
)
def test_the_exit_code_says_how_serious_it_is(arguments: str, code: int) -> None:
    """--fail-on turns what is less serious into 0, but never a preview that failed."""
    assert report(*arguments.split())[0] == code


def test_each_form_goes_to_its_file_and_the_verdict_to_the_terminal() -> None:
    """One run writes them all, so that a job needs one preview."""
    line = "Numbers are released: 1 number will be released\n"
    assert report("released.json", *FILES) == (3, line, [])
    markdown, html, text = (Path(name).read_text(encoding="utf-8") for name in FILES[1::2])
    assert markdown.startswith(f"**{line[:-1]}**\n")
    assert "<!doctype html>" in html
    assert json.loads(text)["risk"] == "released"
    code, output, _ = report("released.json", "--markdown", "r.md", "--json", "-")
    assert (code, json.loads(output)) == (3, json.loads(text))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_preview_with_a_byte_order_mark_is_read(encoding: str) -> None:
    """PowerShell writes one, and UTF-16 in its older versions."""
    assert report("-", given=CHANGED.encode(encoding))[0] == 2


def test_the_errors_of_a_preview_are_passed_on() -> None:
    """Each in one line, of a traceback the whole exception; otherwise nobody would see them."""
    raised = "error: Failed:\nTraceback (most recent call last):\n  File x\nKeyError: 1\n  2\n"
    again = f"{raised}\nDuring\n{raised}"
    messages = ("error: one\n  and more\n", raised, again, "error: \u202e\n", "")
    exception = "KeyError: 1 2"
    lines = ("one and more", exception, exception, r"\u202e", "an error without a message")
    diagnostics = [{"severity": "error", "message": message} for message in messages]
    code, output, errors = report("-", given=preview(diagnostics=diagnostics))
    assert (code, errors) == (1, [f"{WHO}pulumi: {line}" for line in lines])
    assert output == "The preview failed: 5 errors; the preview is incomplete; no numbers\n"


def test_half_a_character_is_written_into_every_form() -> None:
    """JSON can have one, a file cannot: it is shown as its escape."""
    half = preview(step("update", "a\ud800", BASE, number(name="n\udfff")))
    half = half.replace("pulumi:dev::", "pulumi:d\\udabcv::")
    assert report("-", *FILES, given=half)[0] == 2
    found = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert (found["numbers"][0]["name"], found["stack"]) == ("n\udfff", "d\udabcv")
    assert r"numbers/d\udabcv" in Path("r.html").read_text(encoding="utf-8")


def test_the_environment_names_what_may_be_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """CARRIERX_ADOPT, as ``up`` reads it."""
    created = preview(step("create", "support", None, BASE))
    for sids, count in ((" ,", 1), ("a-sid,", 3)):
        monkeypatch.setenv("CARRIERX_ADOPT", sids)
        found = json.loads(report("-", "--json", "-", given=created)[1])
        assert len(found["numbers"][0]["calls"]) == count


ERRORS = """
changed.json --refresh
    --refresh is for a preview that this command runs, not for one from a file: pass it to `pulumi
      preview`
changed.json --markdown - --json -
    only one form can go to standard output: write the others to a file
changed.json --limit 6000 --html r.html
    --limit is for --markdown: the other forms are never shortened
none.json
    cannot read the preview none.json: No such file or directory
.
    cannot read the preview .: Is a directory
-
    cannot read the preview on standard input: it is not UTF-8 text
changed.json --html none/report.html
    cannot write the report to none/report.html: No such file or directory
none.json --policy none.yaml
    cannot read the policy none.yaml: No such file or directory
"""


@pytest.mark.parametrize(("arguments", "lines"), cases_in(ERRORS))
def test_an_error_is_one_line_and_exit_code_1(arguments: str, lines: list[str]) -> None:
    """Exit code 1 is not a verdict: nothing was judged."""
    found = [f"{WHO}{line}" for line in lines]
    assert report(*arguments.split(), given=b"\xff") == (1, "", found)


def test_without_a_file_it_needs_a_project(tmp_path: Path) -> None:
    """Of which it makes the preview itself."""
    line = (
        f"no Pulumi project in {tmp_path} or above: run this in the project's folder, or pass --cwd"
    )
    assert report() == (1, "", [f"{WHO}{line}"])


def test_the_markdown_is_as_short_as_a_code_host_needs_it() -> None:
    """A release whose row does not fit is named; so is the limit."""
    deleted = (step("delete", f"n{n}", number(name="x" * 400)) for n in range(20))
    output = report("-", "--markdown", "-", "--limit", "5000", given=preview(*deleted))[1]
    assert len(output) <= 5000
    assert "**Shortened: 10 of 20 rows are left out**" in output
    assert "a comment has at most 5,000 characters" in output


@pytest.mark.parametrize("arguments", ["x.json --json - >&-", "- <&-"])
def test_a_closed_stream_ends_no_report(arguments: str) -> None:
    """What is written there is lost, what is read from there is empty; either way no traceback."""
    Path("x.json").write_text(CHANGED, encoding="utf-8")
    command = Path(sys.executable).with_name("pulumi-carrierx")
    done = subprocess.run(
        ["/bin/sh", "-c", f"'{command}' report {arguments}"],
        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    code, error = (2, "") if arguments.endswith(">&-") else (1, f"{WHO}the preview is empty: the ")
    assert (done.returncode, done.stderr[: len(error) or None]) == (code, error)


@pytest.mark.parametrize(
    "arguments",
    [["--fail-on", "sometimes"], ["--wrong"], ["a", "b"], ["a", "--markdown", "-", "--limit", "9"]],
)
def test_a_wrong_flag_is_not_a_change(arguments: list[str]) -> None:
    """The usual exit code of a wrong flag, 2, would mean a preview with changes."""
    code, output, errors = report(*arguments)
    assert (code, output) == (1, "")
    assert "Usage: " in errors[0]
