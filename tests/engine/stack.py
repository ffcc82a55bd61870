"""A stack whose program declares a table of numbers that a test changes as it goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.pulumi_project import PulumiProject

if TYPE_CHECKING:
    from pathlib import Path

TABLE_PROGRAM = """\
import json
import pulumi
import pulumi_carrierx as carrierx

with open("numbers.json") as file:
    table = json.load(file)
for resource_name, arguments in table.items():
    aliases = [pulumi.Alias(name=name) for name in arguments.pop("aliases", [])]
    number = carrierx.ExternalDID(
        resource_name, **arguments, opts=pulumi.ResourceOptions(aliases=aliases)
    )
    pulumi.export(resource_name, number.external_did_sid)
"""


class Stack(PulumiProject):
    """A project in a folder of its own; ``workspace`` may be shared by several stacks."""

    def __init__(
        self,
        workspace: Path,
        environment: dict[str, str],
        *,
        project: str = "trial",
        stack: str = "dev",
    ) -> None:
        """Write a project with the table program, and no number yet."""
        folder = workspace / project
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        super().__init__(folder, workspace, environment, stack=stack)
        self.program(TABLE_PROGRAM)
        self.declare()

    def program(self, source: str) -> None:
        """Write another program."""
        (self.folder / "__main__.py").write_text(source, encoding="utf-8")

    def declare(self, **numbers: dict[str, Any]) -> None:
        """Declare these numbers, by resource name, and no others."""
        text = json.dumps(numbers)
        (self.folder / "numbers.json").write_text(text, encoding="utf-8")

    def assert_settled(self) -> None:
        """After any ``up``, a preview, a refresh and a preview after it show no change."""
        for run in (
            self.preview("--expect-no-changes"),
            self.refresh("--expect-no-changes"),
            self.preview("--expect-no-changes"),
        ):
            assert run.ok, run.output
