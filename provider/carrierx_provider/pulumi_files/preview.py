"""What ``pulumi preview --json`` printed.

The engine lists a step for each resource that it would work on; unchanged resources only with
``--show-sames``, and the two halves of a replace only with ``--show-replacement-steps``. Its
``changeSummary`` counts all of them. A refresh's step shows the resource as it was before, on both
sides; what the refresh found shows in the step after it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from carrierx_provider.core.text import printable, shorten
from carrierx_provider.pulumi_files.urn import STACK_TYPE, URN

SAME, REFRESH, REPLACE = "same", "refresh", "replace"
CREATE_REPLACEMENT, DELETE_REPLACED = "create-replacement", "delete-replaced"
READ_REPLACEMENT = "read-replacement"
REMOVE_PENDING_REPLACE = "remove-pending-replace"
COUNTED_WITH_REPLACE = frozenset({CREATE_REPLACEMENT, READ_REPLACEMENT, DELETE_REPLACED})


_PROVIDER_ERROR = re.compile(r"CarrierXError: (.*\S)")

_Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
"""Set by nothing but ``true``."""


_KEYS = frozenset({"config", "steps", "diagnostics", "duration", "changeSummary"})
_FEWEST_KEYS = 2
"""Of a preview, which has at least two of them."""

_UNTERMINATED = "Unterminated string"

_SHOWN = re.compile(r"(?:error|warning): |Previewing ")
"""How a line of Pulumi's own begins. Nothing else is shown: it may be a file of secrets."""

_ERROR = re.compile(r"^error: (.*\S)", re.MULTILINE)
_LONGEST_ERROR = 1000
_LONGEST_INDENT = 1000
_MOST_LINES = 10


class PreviewError(Exception):
    """The text is not a preview that can be reported; one line, without any value of it."""


class _Document(BaseModel):
    """Null and absent are the same."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, document: Any) -> Any:  # noqa: ANN401 -- any JSON
        if not isinstance(document, dict):
            return document
        return {name: value for name, value in document.items() if value is not None}


class ResourceState(_Document):
    """A resource before or after a step."""

    urn: str = ""
    type: str = ""
    id: str = ""
    """Empty for a resource that does not exist yet."""
    inputs: dict[str, Any] = Field({}, repr=False)
    outputs: dict[str, Any] = Field({}, repr=False)
    retained: _Flag = Field(default=False, alias="retainOnDelete")
    """Whether a delete leaves it alone (``retain_on_delete``)."""
    external: _Flag = False
    """Whether it is only read (``ExternalDID.get``)."""
    pending_replacement: _Flag = Field(default=False, alias="pendingReplacement")
    """Whether it is deleted before its replacement is created."""


class Step(_Document):
    """What the engine would do to one resource."""

    op: str
    urn: Annotated[str, AfterValidator(lambda text: str(URN.parse(text)))]
    before: ResourceState | None = Field(None, alias="oldState")
    after: ResourceState | None = Field(None, alias="newState")
    replace_reasons: tuple[str, ...] = Field((), alias="replaceReasons")
    before_is_gone: bool = False
    """Whether an interrupted run has deleted it already, and only its replacement is left. This is
    not in the document: it follows from all steps together."""
    deletes_it_again: bool = False
    """Whether what is gone is deleted once more, after its replacement is created; as
    ``before_is_gone``."""

    @property
    def type(self) -> str:
        """The resource's type token."""
        state = self.after or self.before
        return (state.type if state else "") or URN.parse(self.urn).type

    @property
    def urn_before(self) -> str:
        """The URN that the state has it under: another one where an alias renames it."""
        return (self.before.urn if self.before else "") or self.urn

    @property
    def resource_name(self) -> str:
        """The resource's name in the program."""
        return URN.parse(self.urn).name


class _Diagnostic(_Document):
    severity: str = ""
    message: str = ""


class Preview(_Document):
    """A whole preview."""

    steps: tuple[Step, ...] = ()
    change_summary: dict[str, int] = Field({}, alias="changeSummary")
    diagnostics: tuple[_Diagnostic, ...] = ()

    @property
    def project(self) -> str:
        """The project; empty where the preview has no step that names it."""
        return URN.parse(self.steps[0].urn).project if self.steps else ""

    @property
    def stack(self) -> str:
        """The stack; empty where the preview has no step that names it."""
        return URN.parse(self.steps[0].urn).stack if self.steps else ""

    @property
    def errors(self) -> int:
        """How many errors kept the preview from its end; 0 for a complete one."""
        return sum(entry.severity == "error" for entry in self.diagnostics)

    @property
    def error_lines(self) -> tuple[str, ...]:
        """The engine's errors, each in one line: of a traceback, the whole exception."""
        return tuple(
            _one_line(entry.message) for entry in self.diagnostics if entry.severity == "error"
        )

    @property
    def provider_errors(self) -> tuple[str, ...]:
        """The lines with which the provider refused an operation, without a value of a secret."""
        messages = (entry.message for entry in self.diagnostics if entry.severity == "error")
        found = (line for text in messages for line in _PROVIDER_ERROR.findall(text))
        return tuple(dict.fromkeys(found))

    @property
    def not_listed(self) -> dict[str, int]:
        """Steps that the summary counts and the list leaves out, by operation."""
        hidden = Counter(self.change_summary) - Counter(step.op for step in self.steps)
        return {op: hidden[op] for op in hidden if op not in COUNTED_WITH_REPLACE | {REFRESH}}

    @property
    def lists_sames(self) -> bool:
        """Whether unchanged resources are listed too."""
        return SAME not in self.not_listed

    @property
    def only_refreshes(self) -> bool:
        """Whether it is the preview of ``pulumi refresh``.

        A run of the program has a step of its own for the stack, as a destroy has.
        """
        return {step.op for step in self.steps if step.type == STACK_TYPE} == {REFRESH}


def _one_line(error: str) -> str:
    lines = error.removeprefix("error: ").strip().splitlines()
    headers = [place for place, line in enumerate(lines) if line.startswith("Traceback (")]
    if headers:
        # Its frames are indented.
        raised = dropwhile(lambda line: line[:1].strip() == "", lines[headers[-1] + 1 :])
        lines = list(raised) or lines[-1:]
    return printable(" ".join(" ".join(lines).split())) or "an error without a message"


def read_preview(text: str) -> Preview:
    """Read the output of ``pulumi preview --json``, which must not be that of a refresh alone."""
    try:
        document = _document(text)
    except RecursionError:
        raise PreviewError("the preview is nested too deeply to read") from None
    try:
        preview = Preview.model_validate(document)
    except ValidationError:
        raise PreviewError(
            "cannot read the preview: a step or its summary does not have the form that `pulumi "
            "preview --json` prints. Make it again with Pulumi 3.200.0 or newer"
        ) from None
    # A preview whose refresh failed did not get as far as running the program.
    if preview.only_refreshes and not preview.errors:
        raise PreviewError(
            "this is the preview of a refresh, which does not say what has drifted: make it with "
            "`pulumi preview --refresh --json --show-sames --show-replacement-steps`"
        )
    return preview


def _document(text: str) -> dict[str, Any]:
    if text.strip() in {"", "{}"}:
        raise PreviewError(
            "the preview is empty: the engine failed before it ran the program, and the standard "
            "error of `pulumi preview --json` says why"
        )
    try:
        document = json.loads(text)
    except ValueError:
        return _document_within(text)
    if not isinstance(document, dict) or not {"steps", "changeSummary", "duration"} & set(document):
        raise PreviewError(_not_a_preview([document]))
    return document


def _document_within(text: str) -> dict[str, Any]:
    """The preview in a text that has other lines too: warnings, the output of policies."""
    objects: list[object] = []
    failures: list[tuple[int, int, str]] = []
    found: list[tuple[int, dict[str, Any]]] = []
    inside: list[int] = []
    for start, end, read in _objects_in(text):
        if isinstance(read, json.JSONDecodeError):
            failures.append((read.pos, start, read.msg))
        elif isinstance(read, dict):
            objects.append(read)
            if len(_KEYS & read.keys()) < _FEWEST_KEYS:
                continue
            if _is_inside_another(text, start, end):
                inside.append(start)
            else:
                found.append((start, read))
    if len(found) > 1:
        lines = ", ".join(f"{_line(text, start):,}" for start, _ in found[:_MOST_LINES])
        more = ", …" if len(found) > _MOST_LINES else ""
        raise PreviewError(
            f"there are {len(found):,} previews, which begin in the lines {lines}{more}: keep one "
            "of them"
        )
    if found:
        return found[0][1]
    if failures:
        # The preview is probably the one that parses furthest.
        length, start, reason = max(failures, key=lambda one: one[0])
        raise PreviewError(_in_the_way(text, start + length, reason))
    if inside:
        raise PreviewError(
            f"the JSON in line {_line(text, inside[0]):,} looks like a preview, but is indented "
            "or is a part of other JSON: keep all that `pulumi preview --json` prints, and nothing "
            "else"
        )
    raise PreviewError(_not_a_preview(objects, text))


def _objects_in(text: str) -> Iterator[tuple[int, int, object]]:
    """Where each JSON object begins and ends, and the object, or why it is not one.

    The time is linear in the text: what was read of a failure is not read again.
    """
    end = 0
    while (start := text.find("{", end)) >= 0:
        try:
            read, length = _object_at(text, start)
            end = start + length
        except ValueError as error:
            line_end = text.find("\n", start)
            read, end = error, len(text) if line_end < 0 else line_end
            if isinstance(error, json.JSONDecodeError):
                end = max(end, start + error.pos)
        yield start, end, read


def _object_at(text: str, start: int) -> tuple[object, int]:
    """The object that begins there, and its length; positions in an error count from there too.

    It is read from a part of the text, because an error counts all lines before it. The part is
    made larger if its end may be the reason for the failure.
    """
    size = 256
    while True:
        part = text[start : start + size]
        try:
            return json.JSONDecoder().raw_decode(part)
        except json.JSONDecodeError as error:
            is_cut_off = error.pos > size // 2 or error.msg.startswith(_UNTERMINATED)
            if not is_cut_off or start + size >= len(text):
                raise
        size *= 4


def _is_inside_another(text: str, start: int, end: int) -> bool:
    """Whether an object is part of one whose beginning is missing, such as a step's attributes."""
    if "\n" in text[start:end]:
        return text[end - 2] != "\n"
    before = text[max(0, start - _LONGEST_INDENT) : start].rpartition("\n")[2].rstrip()
    return before.endswith(('":', "[", ",")) or text[end : end + 1] in {",", "]", "}"}


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _in_the_way(text: str, place: int, reason: str) -> str:
    """Where the JSON ends too early, and which line of Pulumi's own is there instead."""
    written = text.rstrip()
    if place >= len(written) or reason.startswith(_UNTERMINATED):
        last = written.count("\n") + 1
        return (
            f"the preview breaks off in line {last:,}: run `pulumi preview --json` again, and keep "
            "all that it prints"
        )
    where = f"line {_line(text, place):,}"
    line = text[text.rfind("\n", 0, place) + 1 :].partition("\n")[0].strip()
    if _SHOWN.match(line):
        where += f', which begins with "{shorten(line)}"'
    return f"the preview is not JSON in {where}: keep standard error and other output out of it"


def _not_a_preview(found: Sequence[object], text: str = "") -> str:
    """What the JSON is instead, if there is any; ``text`` is all that was printed."""
    if any(isinstance(one, dict) and one.keys() >= {"sequence", "timestamp"} for one in found):
        return (
            "these are the engine's events, one a line, not a preview: set "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW=false and run `pulumi preview --json` again"
        )
    reason = _ERROR.search(text)
    if {} in found and reason:
        return f"the preview is empty: pulumi: {_one_line(reason[1][:_LONGEST_ERROR])}"
    if found:
        return "this JSON is not a preview: make it with `pulumi preview --json`"
    first = text.strip().splitlines()[0]
    what = f'begins with "{shorten(first)}"' if _SHOWN.match(first) else "has no object with steps"
    return f"this is not the output of `pulumi preview --json`: it {what}"
