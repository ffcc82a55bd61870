"""A template for CI, read and run as its code host would: each job's steps in order, in bash."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TIMEOUT_SECONDS = 300
_EXPRESSION = re.compile(r"\$\{\{ (?P<name>[\w.]+) }}")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a job ended: the step that failed, or None, and what all printed."""

    failed: str | None
    output: str


def read(template: Path) -> dict[str, Any]:
    """The template's YAML. A workflow's ``on`` is the key True: YAML 1.1 takes it for a boolean."""
    read: dict[str, Any] = yaml.safe_load(template.read_text(encoding="utf-8"))
    return read


def job_of(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The only job of a workflow."""
    (job,) = workflow["jobs"].values()
    found: dict[str, Any] = job
    return found


def run_github(
    workflow: Mapping[str, Any],
    folder: Path,
    runner: Mapping[str, str],
    values: Mapping[str, str],
) -> Ran:
    """Run the steps of a workflow's job in a checkout.

    Args:
        runner: The environment that the host gives to every step.
        values: What the expressions come to, by name; one that is not there is a KeyError.
    """
    assert workflow["defaults"]["run"]["shell"] == "bash"
    job = job_of(workflow)
    assert values["matrix.stack"] in job["strategy"]["matrix"]["stack"]
    of_job = {name: expanded(value, values) for name, value in job["env"].items()}
    output = ""
    for step in job["steps"]:
        if "run" not in step:
            continue
        of_step = {name: expanded(text, values) for name, text in step.get("env", {}).items()}
        done = _bash(step["run"], folder, {**runner, **of_job, **of_step})
        output += done.stdout
        if done.returncode:
            return Ran(step["name"], output)
    return Ran(None, output)


def run_gitlab(
    template: Mapping[str, Any], job: str, folder: Path, variables: Mapping[str, str]
) -> Ran:
    """Run a job's script in a checkout, in one shell as GitLab's runner does.

    Args:
        variables: The environment that the host gives to the job.
    """
    whole = {**template[template[job]["extends"]], **template[job]}
    assert variables["STACK"] in whole["parallel"]["matrix"][0]["STACK"]
    done = _bash("\n".join([*whole["before_script"], *whole["script"]]), folder, variables)
    return Ran(job if done.returncode else None, done.stdout)


def expanded(text: str, values: Mapping[str, str]) -> str:
    """A text with its expressions worked out."""
    return _EXPRESSION.sub(lambda found: values[found["name"]], text)


def _bash(
    script: str, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607 -- our PATH
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
