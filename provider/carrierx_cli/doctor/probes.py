"""What there is: engine, Python, stack, and how an account answers. Only reads."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import yaml
from pydantic import TypeAdapter, ValidationError

from carrierx_api import calls
from carrierx_api.errors import CarrierXError, NotFoundError
from carrierx_api.proxies import proxy_variable
from carrierx_api.responses import parse_object, parse_page
from carrierx_cli.doctor.account_checks import AccountInfo
from carrierx_cli.doctor.checks import (
    PARTS_OF_THE_HOST,
    Check,
    EngineInfo,
    PythonInfo,
    Runtime,
    SettingsInfo,
    failed,
    ok,
    runtime_of,
    warning,
)
from carrierx_provider.core.settings import Access
from carrierx_provider.external_did.gone import Evidence, StackAccount
from carrierx_provider.pulumi_files.deployment import Deployment, StackError
from carrierx_provider.pulumi_files.stack import (
    PROJECT_FILES,
    NoStackError,
    PulumiStack,
    project_folder,
)

TIMEOUT_SECONDS = 60

# Runs in whatever Python it is, so without anything of ours, and without what is new in Python.
# Its arguments are the modules that must not come from the folder of the program, where it runs;
# "*" is all of them.
ASK = """\
import sys
early = set(sys.modules)
import os
here = os.path.realpath(".")
elsewhere = [folder for folder in sys.path if os.path.realpath(folder) != here]
if "*" in sys.argv:
    sys.path[:] = elsewhere

class Elsewhere:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if path is None and name in sys.argv[1:]:
            return sys.modules["_frozen_importlib_external"].PathFinder.find_spec(name, elsewhere)

sys.meta_path.insert(0, Elsewhere)
import json
packages, failures = {}, {}
for name in ("pulumi", "pulumi_carrierx", "dill", "carrierx_provider.dynamic",
             "carrierx_api.client", "carrierx_provider.number_table.files",
             "anyio._backends._asyncio"):
    try:
        __import__(name)
        if name in ("pulumi", "pulumi_carrierx"):
            import importlib.metadata
            packages[name] = importlib.metadata.version(name.replace("_", "-"))
    except Exception as error:
        failures[name] = "%s: %s" % (type(error).__name__, error)

is_frozen = getattr(sys.modules.get("_imp"), "is_frozen", lambda name: False)

def can_be_hidden(name):
    return not (name in early or name in sys.builtin_module_names or is_frozen(name))

imported = {name.partition(".")[0] for name in sys.modules}
others = set(getattr(sys, "stdlib_module_names", ())) - imported
print(json.dumps({"version": list(sys.version_info[:3]), "packages": packages,
    "failures": failures, "imported": [name for name in sorted(imported) if can_be_hidden(name)],
    "others": [name for name in sorted(others) if can_be_hidden(name)]}))
"""

SUFFIXES = frozenset({".py", ".pyc", ".pyd", ".so"})
"""Of a file that is a module."""

PACKAGES = ("pulumi", "pulumi_carrierx")
"""What a program imports."""

READS = 2
"""The first sets up the connection; the second shows how long an answer takes."""

ONLY_ENVIRONMENT = "Only the settings of the environment are checked."


@dataclass(frozen=True, slots=True)
class Imports:
    """What ``ASK`` prints."""

    version: tuple[int, ...]
    packages: dict[str, str]
    failures: dict[str, str]
    """Why a module cannot be imported, by its name."""
    imported: list[str]
    """Those that a file beside the program can hide."""
    others: list[str]
    """The same, of the others that are Python's own."""


@dataclass(frozen=True, slots=True)
class StackInfo:
    """The project and the stack, if there are any."""

    check: Check
    folder: Path
    """The project's; if there is no project, the one that was given."""
    runtime: Runtime
    settings: SettingsInfo
    numbers: defaultdict[str | None, StackAccount]
    """What its state has of each account."""


def probe_engine() -> EngineInfo:
    """Find ``pulumi``, and what it installs."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return EngineInfo(on_path=False)
    beside = Path(pulumi).resolve().parent
    missing = [
        part
        for part in PARTS_OF_THE_HOST
        if not (shutil.which(part) or shutil.which(part, path=str(beside)))
    ]
    answer = _answer([pulumi, "version"], beside)
    return EngineInfo(on_path=True, version=answer, missing=tuple(missing))


def probe_python(runtime: Runtime, folder: Path) -> PythonInfo:
    """Ask the Python that the language host would run the project's program with."""
    python = _python(runtime, folder)
    program = folder / (runtime.main or "")
    program = program if program.is_dir() else program.parent
    report = _imports(python, program, "*")
    if report is None:
        return PythonInfo(python)
    beside = _modules_in(program)
    imported = [name for name in report.imported if name in beside]
    failures, packages = report.failures, report.packages
    needed: list[str] = []
    if imported or failures:
        # As Pulumi imports them, with the program's folder first.
        as_run = _imports(python, program)
        if as_run is not None:
            # A package may be beside the program too.
            failures = {name: why for name, why in failures.items() if name in as_run.failures}
            packages = {**as_run.packages, **packages}
        if as_run is None or not as_run.failures.keys() <= failures.keys():
            needed = [
                name
                for name in imported
                if (alone := _imports(python, program, *{*imported} - {name})) is None
                or not alone.failures.keys() <= failures.keys()
            ]
            # Two may fail only together.
            needed = needed or imported
    return PythonInfo(
        python,
        report.version,
        packages,
        {name: why for name, why in failures.items() if name in PACKAGES},
        hiding_needed=[beside[name] for name in needed],
        hiding_imported=[beside[name] for name in imported if name not in needed],
        hiding_others=[beside[name] for name in report.others if name in beside],
    )


def _imports(python: str, program: Path, *elsewhere: str) -> Imports | None:
    """What it imports; None if it does not run, or ends before the report."""
    answer = _answer([python, "-c", ASK, *elsewhere], program) or ""
    try:
        # A package may print something when it is imported.
        return TypeAdapter(Imports).validate_json(answer.rpartition("\n")[2])
    except ValidationError:
        return None


def _modules_in(folder: Path) -> dict[str, str]:
    """The files and packages in a folder, by the name of the module that an import finds there.

    A folder without ``__init__.py`` hides nothing: every other module of its name comes before it.
    """
    entries = sorted(folder.iterdir())
    files = {one.name.partition(".")[0]: one.name for one in entries if one.suffix in SUFFIXES}
    packages = {one.name: f"{one.name}/" for one in entries if (one / "__init__.py").is_file()}
    return files | packages


def probe_stack(folder: str, stack: str | None, *, with_engine: bool) -> StackInfo:
    """Find the project and the stack, and read its settings if there is a ``pulumi`` for it."""
    project, runtime = Path(folder).absolute(), Runtime()
    configuration: Mapping[str, str] = {}
    in_plain_text: list[str] = []
    numbers: defaultdict[str | None, StackAccount] = defaultdict(StackAccount)
    unread = False
    try:
        project = project_folder(folder)
        runtime = _runtime(project)
        if with_engine:
            found = PulumiStack(folder, stack)
            configuration = found.configuration()
            in_plain_text = [key for key, one in found.settings.items() if not one.secret]
            numbers = stack_accounts(found.deployment())
            check = ok("stack", found.full_name)
        else:
            text, unread = "not read, since `pulumi` is needed for that", True
            check = warning("stack", text, ONLY_ENVIRONMENT)
    except StackError as error:
        unread = not isinstance(error, NoStackError)
        mark = failed if unread or stack is not None else warning
        check = mark("stack", str(error), ONLY_ENVIRONMENT)
    settings = SettingsInfo(configuration, os.environ, in_plain_text, unread=unread)
    return StackInfo(check, project, runtime, settings, numbers)


def stack_accounts(deployment: Deployment) -> defaultdict[str | None, StackAccount]:
    """What the state has of each account."""
    accounts: defaultdict[str | None, StackAccount] = defaultdict(StackAccount)
    for one in deployment.external_dids:
        # An account that is secret is encrypted in the state: it may be any.
        is_readable = one.text("account") or not (one.outputs or {}).get("account")
        if one.id and is_readable:
            accounts[one.text("account") or None].add(one.id, one.text("partner_sid"))
    return accounts


async def probe_account(
    name: str | None, access: Access, stack: StackAccount, timeout_seconds: float
) -> AccountInfo:
    """Look up its host, and read a page of one number, twice. Nothing is retried or written.

    If that number does not show whose account it is, one of the stack's numbers is read too, and
    then a larger page.
    """
    # The HTTP stack is only loaded once there is an account to ask.
    from carrierx_api.transport import Transport  # noqa: PLC0415

    url = urlsplit(access.base_url)
    info = AccountInfo(name, access, stack, proxy=proxy_variable(access.base_url))
    if info.proxy is None:
        host, port = url.hostname or "", url.port or 443
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            info.error = error
            return info
        info.addresses = len({entry[4][0] for entry in found})
    transport = Transport(
        base_url=access.base_url, token=access.token, timeout_seconds=timeout_seconds
    )
    call = calls.list_page(limit=1)
    info.sent = datetime.now(UTC)
    try:
        for _ in range(READS):
            began = time.perf_counter()
            answer = await transport.send(call)
            info.seconds.append(time.perf_counter() - began)
            if info.received is None:
                info.received = datetime.now(UTC)
                info.date, info.limits = answer.date, answer.limits
            info.seen.add(parse_page(call, answer).items)
        if stack.external_did_sids and stack.evidence_in(info.seen) is not Evidence.SAME:
            with suppress(NotFoundError, calls.InvalidSIDError):
                call = calls.get(min(stack.external_did_sids))
                info.seen.add([parse_object(call, await transport.send(call))])
        if stack.external_did_sids and stack.evidence_in(info.seen) is not Evidence.SAME:
            call = calls.list_page()
            info.seen.add(parse_page(call, await transport.send(call)).items)
    except CarrierXError as failure:
        info.error = failure
    finally:
        await transport.close()
    return info


def _python(runtime: Runtime, folder: Path) -> str:
    """As the language host chooses it: the project's virtual environment, else on PATH."""
    if runtime.virtualenv is not None:
        places = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return str(folder / runtime.virtualenv / places)
    named = os.environ.get("PULUMI_PYTHON_CMD")
    return named or shutil.which("python3") or shutil.which("python") or "python3"


def _answer(command: list[str], folder: Path) -> str | None:
    """What the command printed; None if it does not run, or fails."""
    try:
        done = subprocess.run(  # noqa: S603 -- the commands that Pulumi itself would run
            command,
            cwd=folder,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def _runtime(project: Path) -> Runtime:
    for name in PROJECT_FILES:
        try:
            # JSON is YAML too.
            return runtime_of(yaml.safe_load((project / name).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
    return Runtime()
