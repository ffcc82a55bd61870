"""What ``pulumi-carrierx report`` does: read or run the preview, judge it, write the report."""

from __future__ import annotations

import codecs
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from carrierx_cli.console import error, out
from carrierx_cli.report.html import as_html
from carrierx_cli.report.json_form import as_json
from carrierx_cli.report.markdown import as_markdown
from carrierx_cli.report.model import contents_of
from carrierx_cli.report.policy import violations_of
from carrierx_cli.report.policy_file import PolicyError, read_policy
from carrierx_cli.report.terminal import as_terminal
from carrierx_cli.report.verdict import Risk, exit_code, verdict_on
from carrierx_provider.core.settings import adopted_sids
from carrierx_provider.pulumi_files.preview import PreviewError, read_preview
from carrierx_provider.pulumi_files.stack import PulumiStack, StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from carrierx_cli.report.command import Wanted
    from carrierx_cli.report.model import Contents
    from carrierx_cli.report.policy import Policy, Violation
    from carrierx_cli.report.verdict import Verdict

    Form: TypeAlias = Callable[[Contents, Verdict, Sequence[Violation]], str]

FAILED = 1
STANDARD = "-"
HERE = "."

_complain = partial(error, "report")


class FlagError(Exception):
    """Flags that do not go together; one line."""


class FileError(Exception):
    """A file cannot be read or written; one line."""


def run(wanted: Wanted) -> int:
    """Do what the flags say; the exit code. Every error is one line on standard error."""
    try:
        return _report(wanted)
    except PolicyError as error:
        for line in error.lines:
            _complain(line)
    except (FlagError, StackError, PreviewError, FileError) as error:
        _complain(str(error))
    except RecursionError:
        _complain("the preview is nested too deeply to be read")
    return FAILED


def _report(wanted: Wanted) -> int:
    _refuse_what_does_not_fit(wanted)
    # A mistake in the policy is told before a preview, which takes its time.
    policy = None if wanted.policy is None else _policy(wanted.policy)
    preview = read_preview(_preview_text(wanted))
    contents = contents_of(preview, named_sids=adopted_sids(os.environ))
    violations = () if policy is None else violations_of(policy, contents.numbers)
    verdict = verdict_on(contents, violations)
    forms: tuple[tuple[str | None, Form], ...] = (
        (wanted.markdown, as_markdown),
        (wanted.html, as_html),
        (wanted.as_json, as_json),
    )
    for file, form in forms:
        if file is not None:
            _write(file, form(contents, verdict, violations))
    files = [file for file, _ in forms if file is not None]
    if not files:
        # Soft-wrapped, so that a line that is copied is whole.
        Console(highlight=False).print(as_terminal(contents, verdict, violations), soft_wrap=True)
    elif STANDARD not in files:
        out(verdict.line)
    return exit_code(verdict.risk, Risk(wanted.fail_on))


def _refuse_what_does_not_fit(wanted: Wanted) -> None:
    given = {
        "--stack": wanted.stack is not None,
        "--cwd": wanted.folder != HERE,
        "--refresh": wanted.refresh,
    }
    for flag, is_given in given.items():
        if is_given and wanted.preview is not None:
            raise FlagError(
                f"{flag} is for a preview that this command runs, and not for one in a file: give "
                "it to `pulumi preview`"
            )
    if [wanted.markdown, wanted.html, wanted.as_json].count(STANDARD) > 1:
        raise FlagError("only one form can go to standard output: give the others a file")


def _preview_text(wanted: Wanted) -> str:
    if wanted.preview is None:
        return PulumiStack(wanted.folder, wanted.stack).preview(refresh=wanted.refresh)
    if wanted.preview == STANDARD:
        return _decoded(sys.stdin.buffer.read(), "the preview on standard input")
    return _read(wanted.preview, "preview")


def _policy(file: str) -> Policy:
    return read_policy(_read(file, "policy"), file)


def _read(file: str, what: str) -> str:
    try:
        return _decoded(Path(file).read_bytes(), f"the {what} {file}")
    except OSError as error:
        raise FileError(f"cannot read the {what} {file}: {error.strerror}") from None


def _decoded(text: bytes, what: str) -> str:
    # Windows PowerShell writes UTF-16 into a file.
    is_utf_16 = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return text.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"cannot read {what}: it is no UTF-8 text") from None


def _write(file: str, text: str) -> None:
    if file == STANDARD:
        out(text)
        return
    try:
        Path(file).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FileError(f"cannot write the report to {file}: {error.strerror}") from None
