"""Command: how numbers.csv is divided over the stacks of stacks.txt.

    python partition.py                  # how many numbers each stack has
    python partition.py --stack part-2   # the labels of one stack's numbers
    python partition.py --add part-5     # what would move: from which stack, to which, its label
    python partition.py --remove part-4  # the same, with a stack less
    python partition.py --add part-5 --commands  # the commands that move it in Pulumi's states

Reads files, and changes nothing.
"""

import argparse
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import yaml
from shares import StacksError, changed_stacks, share_of, stack_of, stacks_in

from pulumi_carrierx import TableError, read_number_table

HERE = Path(__file__).resolve().parent

URNS_IN_A_COMMAND = 200
"""Systems limit how long a command may be."""

Move = tuple[str, str, str]
"""From which stack, to which, and the number's label."""


def main() -> int:
    """Read the command line, print; the exit code."""
    parser = argparse.ArgumentParser(description="Divide numbers.csv over the stacks.")
    parser.add_argument("--stack", metavar="NAME", help="print the labels of its numbers")
    parser.add_argument(
        "--add", action="append", default=[], metavar="NAME", help="print what it would take"
    )
    parser.add_argument(
        "--remove", action="append", default=[], metavar="NAME", help="print where its numbers go"
    )
    parser.add_argument("--commands", action="store_true", help="print the commands that move them")
    arguments = parser.parse_args()
    if arguments.commands and not (arguments.add or arguments.remove):
        parser.error("--commands goes with --add or --remove")
    try:
        lines = _lines(arguments)
    except (TableError, StacksError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("".join(f"{line}\n" for line in lines), end="")
    return 0


def _lines(arguments: argparse.Namespace) -> list[str]:
    stacks = stacks_in((HERE / "stacks.txt").read_text(encoding="utf-8"))
    labels = {row.phonenumber: row.label for row in read_number_table(HERE / "numbers.csv")}
    if arguments.stack:
        return [labels[number] for number in share_of(arguments.stack, labels, stacks)]
    if not (arguments.add or arguments.remove):
        counted = Counter(stack_of(number, stacks) for number in labels)
        return [f"{stack} {counted[stack]}" for stack in stacks]
    after = changed_stacks(stacks, arguments.add, arguments.remove)
    moved = moves(labels, stacks, after)
    if not arguments.commands:
        return [" ".join(move) for move in moved]
    project = yaml.safe_load((HERE / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    return list(commands(moved, project))


def moves(labels: Mapping[str, str], before: Sequence[str], after: Sequence[str]) -> list[Move]:
    """What has to move so that the stacks may become other ones, sorted.

    Args:
        labels: The labels of all numbers.
    """
    places = ((stack_of(number, before), stack_of(number, after), number) for number in labels)
    return sorted((old, new, labels[number]) for old, new, number in places if old != new)


def commands(moved: Sequence[Move], project: str) -> Iterator[str]:
    """The commands that move these numbers from state to state; CarrierX hears nothing of it."""
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source, target, label in moved:
        labels[source, target].append(label)
    for (source, target), those in labels.items():
        left = iter(those)
        while part := list(islice(left, URNS_IN_A_COMMAND)):
            urns = [urn(project, source, label) for label in part]
            command = ["pulumi", "state", "move", "--yes", "--source", source, "--dest", target]
            yield shlex.join([*command, *urns])


def urn(project: str, stack: str, label: str) -> str:
    """The name of a number in Pulumi's states."""
    return f"urn:pulumi:{stack}::{project}::pulumi-python:dynamic/carrierx:ExternalDID::{label}"


if __name__ == "__main__":
    sys.exit(main())
