"""The command ``pulumi-carrierx report``: read or run the preview, judge it, write the report."""

from __future__ import annotations

import codecs
import os
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from carrierx_cli import console
from carrierx_cli.console import ProjectFolder, StackName, UsageError
from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_html, as_json, as_terminal
from carrierx_cli.report.markdown import LONGEST, SHORTEST, as_markdown
from carrierx_cli.report.policy import read_policy, violations_of
from carrierx_cli.report.verdict import Risk, exit_code, verdict_on
from carrierx_provider.core.settings import listed
from carrierx_provider.pulumi_files.preview import read_preview
from carrierx_provider.pulumi_files.stack import PulumiStack

FAILED = 1
"""Not the 2 of other commands, which here is for changes."""

STANDARD = "-"


class FailOn(StrEnum):
    """What ends with an exit code other than 0, as does everything more serious."""

    CHANGED = "changed"
    RELEASED = "released"
    VIOLATED = "violated"


class _Command(TyperCommand):
    """A wrong flag ends with 1, as every error does: the usual 2 would mean a change."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- of typer's own click, which has no name
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "exit_code", None) == console.FAILED:
                error.exit_code = FAILED  # type: ignore[attr-defined]  # asked for above
            raise


@console.command(cls=_Command, failed=FAILED)
def report(  # noqa: PLR0913 - one parameter per flag
    *,
    preview: Annotated[
        str | None,
        typer.Argument(
            metavar="PREVIEW",
            help="A file with the output of `pulumi preview --json --show-sames "
            "--show-replacement-steps`; - for standard input. Default: run that preview.",
            show_default=False,
        ),
    ] = None,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Refresh before the preview, and report what has drifted."),
    ] = False,
    markdown: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report as Markdown, for a pull request."),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=SHORTEST,
            help="Maximum length of the Markdown in characters, for a code host with another "
            "limit. What is left out is counted, and releases are still named as long as there is "
            "room.",
        ),
    ] = LONGEST,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report as one HTML page without other files."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the report as JSON, for programs."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Check the numbers against the rules in a YAML file."),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            metavar="|".join(FailOn),
            help="Exit with 0 if the verdict is less serious; changed is the least serious.",
        ),
    ] = FailOn.CHANGED,
) -> int:
    """Report what `up` would do to which numbers, and what would be lost.

    It reads a preview, and changes nothing. The report is shown in the
    terminal, or written to the files of --markdown, --html and --json (- for
    standard output).

    Exit code: 0 if nothing changes, 2 if something does, 3 if a number is
    released, 4 if the policy forbids it, 1 after an error or if the preview
    failed.
    """
    if limit != LONGEST and markdown is None:
        raise UsageError("--limit is for --markdown: the other forms are never shortened")
    forms = ((markdown, partial(as_markdown, longest=limit)), (html, as_html), (json, as_json))
    if [file for file, _ in forms].count(STANDARD) > 1:
        raise UsageError("only one form can go to standard output: write the others to a file")
    # The policy first: its mistakes are found before a preview takes its time.
    rules = read_policy(_read(policy, "policy"), policy) if policy else None
    text = _preview_text(preview, cwd, stack, refresh=refresh)
    try:
        named_sids = listed(os.environ.get("CARRIERX_ADOPT", ""))
        read = read_preview(text)
        found = analyze(read, named_sids=named_sids)
        violations = violations_of(rules, found.rows) if rules else ()
        verdict = verdict_on(found, violations)
        written = {
            file: form(found, verdict, violations) for file, form in forms if file is not None
        }
        shown = None if written else as_terminal(found, verdict, violations)
    except RecursionError:
        raise UsageError("the preview is nested too deeply to read") from None
    for line in read.error_lines:
        console.error("report", f"pulumi: {line}")
    for file, content in written.items():
        _write(file, content)
    if not written:
        # Soft-wrapped, so that a line that is copied is complete.
        Console(highlight=False).print(shown, soft_wrap=True)
    elif STANDARD not in written:
        console.out(verdict.line)
    return exit_code(verdict.risk, Risk(fail_on))


def _preview_text(preview: str | None, cwd: str, stack: str | None, *, refresh: bool) -> str:
    if preview is None:
        return PulumiStack(cwd, stack).preview(refresh=refresh)
    flags = {"--stack": stack is not None, "--cwd": cwd != ".", "--refresh": refresh}
    given = [flag for flag, is_given in flags.items() if is_given]
    if given:
        raise UsageError(
            f"{given[0]} is for a preview that this command runs, not for one from a file: "
            "pass it to `pulumi preview`"
        )
    if preview == STANDARD:
        # A closed standard input is as good as an empty one.
        piped = sys.stdin.buffer.read() if sys.stdin else b""
        return _decoded(piped, "the preview on standard input")
    return _read(preview, "preview")


def _read(file: str, what: str) -> str:
    try:
        return _decoded(Path(file).read_bytes(), f"the {what} {file}")
    except OSError as error:
        raise UsageError(f"cannot read the {what} {file}: {error.strerror}") from None


def _decoded(text: bytes, what: str) -> str:
    # Windows PowerShell writes UTF-16 into a file.
    is_utf_16 = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return text.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"cannot read {what}: it is not UTF-8 text") from None


def _write(file: str, text: str) -> None:
    if file == STANDARD:
        console.out_document(text)
        return
    try:
        Path(file).write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write the report to {file}: {error.strerror}") from None
