"""What ``pulumi-carrierx report`` does: read or run the preview, judge it, write the report."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from carrierx_cli import console
from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.forms import as_html, as_terminal
from carrierx_cli.report.json import as_json
from carrierx_cli.report.markdown import as_markdown
from carrierx_cli.report.model import Report
from carrierx_cli.report.policy import PolicyError, Violation, read_policy, violations_of
from carrierx_cli.report.verdict import Risk, Verdict, exit_code, verdict_on
from carrierx_provider.core.settings import adopted_sids
from carrierx_provider.pulumi_files.preview import PreviewError, read_preview
from carrierx_provider.pulumi_files.stack import PulumiStack, StackError

Form: TypeAlias = Callable[[Report, Verdict, Sequence[Violation]], str]

FAILED = 1
STANDARD = "-"
HERE = "."


@dataclass(frozen=True, slots=True)
class Options:
    """The command's options. Each form is a file, ``-`` for standard output, or None."""

    preview: str | None
    stack: str | None
    folder: str
    refresh: bool
    markdown: str | None
    html: str | None
    as_json: str | None
    policy: str | None
    fail_on: str
    """The value of a ``Risk``."""


class ReportError(Exception):
    """The options contradict each other, or a file cannot be read or written; one line."""


def run(options: Options) -> int:
    """Make the report; the exit code. Every error is one line on standard error."""
    try:
        return _report(options)
    except PolicyError as error:
        for line in error.lines:
            console.error("report", line)
    except (ReportError, StackError, PreviewError) as error:
        console.error("report", str(error))
    except RecursionError:
        console.error("report", "the preview is nested too deeply to read")
    return FAILED


def _report(options: Options) -> int:
    _refuse_contradictions(options)
    # The policy first: its mistakes are found before a preview takes its time.
    policy = options.policy and read_policy(_read(options.policy, "policy"), options.policy)
    preview = read_preview(_preview_text(options))
    report = analyze(preview, named_sids=adopted_sids(os.environ))
    violations = violations_of(policy, report.rows) if policy else ()
    verdict = verdict_on(report, violations)
    forms: tuple[tuple[str | None, Form], ...] = (
        (options.markdown, as_markdown),
        (options.html, as_html),
        (options.as_json, as_json),
    )
    for file, form in forms:
        if file is not None:
            _write(file, form(report, verdict, violations))
    files = [file for file, _ in forms if file is not None]
    if not files:
        # Soft-wrapped, so that a line that is copied is complete.
        Console(highlight=False).print(as_terminal(report, verdict, violations), soft_wrap=True)
    elif STANDARD not in files:
        console.out(verdict.line)
    return exit_code(verdict.risk, Risk(options.fail_on))


def _refuse_contradictions(options: Options) -> None:
    given = {
        "--stack": options.stack is not None,
        "--cwd": options.folder != HERE,
        "--refresh": options.refresh,
    }
    for flag, is_given in given.items():
        if is_given and options.preview is not None:
            raise ReportError(
                f"{flag} is for a preview that this command runs, not for one from a file: pass it "
                "to `pulumi preview`"
            )
    if [options.markdown, options.html, options.as_json].count(STANDARD) > 1:
        raise ReportError("only one form can go to standard output: write the others to a file")


def _preview_text(options: Options) -> str:
    if options.preview is None:
        return PulumiStack(options.folder, options.stack).preview(refresh=options.refresh)
    if options.preview == STANDARD:
        return _decoded(sys.stdin.buffer.read(), "the preview on standard input")
    return _read(options.preview, "preview")


def _read(file: str, what: str) -> str:
    try:
        return _decoded(Path(file).read_bytes(), f"the {what} {file}")
    except OSError as error:
        raise ReportError(f"cannot read the {what} {file}: {error.strerror}") from None


def _decoded(text: bytes, what: str) -> str:
    # Windows PowerShell writes UTF-16 into a file.
    is_utf_16 = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return text.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise ReportError(f"cannot read {what}: it is not UTF-8 text") from None


def _write(file: str, text: str) -> None:
    if file == STANDARD:
        console.out(text)
        return
    try:
        Path(file).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ReportError(f"cannot write the report to {file}: {error.strerror}") from None
