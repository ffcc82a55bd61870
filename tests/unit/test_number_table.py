"""The tables of examples/scale: what they say, and what is wrong with one, in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from number_table import Row, TableError, read_table
from shares import StacksError, changed_stacks, share_of, stacks_in

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "scale"

CSV = """\
phonenumber,capabilities,name,attributes.team,label
+46700987654,receive_sms send_sms,"Support, day",care,support

46700987655,3,,,
"""

YAML = """\
support:
  phonenumber: "+46700987654"
  capabilities: [receive_sms, send_sms]
  attributes: {team: care, hours: [8, 17]}
sales:
  phonenumber: 46700987655
  capabilities: 3
"""


def read(folder: Path, name: str, text: str) -> list[Row]:
    """The rows of a table with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return read_table(folder / name)


def test_a_csv_states_what_its_cells_hold(tmp_path: Path) -> None:
    """Empty cells and empty lines say nothing; a number without a label is named by its digits."""
    support = {
        "phonenumber": "+46700987654",
        "capabilities": ["receive_sms", "send_sms"],
        "name": "Support, day",
        "attributes": {"team": "care"},
    }
    other = {"phonenumber": "46700987655", "capabilities": 3}
    expected = [
        Row(2, "support", "+46700987654", support),
        Row(4, "46700987655", "+46700987655", other),
    ]
    assert read(tmp_path, "numbers.csv", CSV) == expected
    assert read(tmp_path, "numbers.csv", "\ufeff" + CSV.replace("\n", "\r\n")) == expected


def test_a_cell_may_hold_any_text(tmp_path: Path) -> None:
    """Line breaks in quotes, and characters that some take for a line's end."""
    text = 'phonenumber,name\n46700987654,"two\nlines"\n46700987655,a\u2028b\n46700987656,\n'
    rows = read(tmp_path, "numbers.csv", text)
    assert [(row.line, row.fields.get("name")) for row in rows] == [
        (2, "two\nlines"),
        (4, "a\u2028b"),
        (5, None),
    ]


def test_yaml_states_what_it_says(tmp_path: Path) -> None:
    """A label for each number, with whatever ``ExternalDID`` takes below."""
    rows = read(tmp_path, "numbers.yaml", YAML)
    assert [(row.line, row.label, row.phonenumber) for row in rows] == [
        (1, "support", "+46700987654"),
        (5, "sales", "+46700987655"),
    ]
    assert rows[0].fields["attributes"] == {"team": "care", "hours": [8, 17]}


HEAD = "phonenumber,label\n"
NO_E164 = (
    "is not E.164: write the country code and the number in digits alone, such as +46700987654"
)
COLUMNS = (
    "label, phonenumber, capabilities, underlying_carrier_sid, name, callback_url, string_key_1, "
    "string_key_2, account and attributes.KEY"
)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "n.csv",
            HEAD + "+46700987654,a\n+46700987655,b\n46700987654,c\n",
            "n.csv:4: +46700987654 is in line 2 already, and a number is registered once: take one "
            "of them out",
        ),
        (
            "n.csv",
            HEAD + '+46700987654,"a\nb"\n46700987654,c\n',
            "n.csv:4: +46700987654 is in line 2 already, and a number is registered once: take one "
            "of them out",
        ),
        (
            "n.csv",
            HEAD + "+46700987654,a\n+46700987655,a\n",
            "n.csv:3: the label a is in line 2 already: give each number its own",
        ),
        ("n.csv", HEAD + "4.67E+10,a\n", f"n.csv:2: phonenumber: '4.67E+10' {NO_E164}"),
        ("n.csv", HEAD + "0700987654,a\n", f"n.csv:2: phonenumber: '0700987654' {NO_E164}"),
        ("n.csv", HEAD + ",a\n", f"n.csv:2: phonenumber: None {NO_E164}"),
        (
            "n.csv",
            "",
            "n.csv:1: has no column phonenumber: the first line names the columns, with commas "
            "between them",
        ),
        (
            "n.csv",
            "phonenumber;name\n46700987654;a\n",
            "n.csv:1: has no column phonenumber: the first line names the columns, with commas "
            "between them",
        ),
        (
            "n.csv",
            "phonenumber,callback\n46700987654,a\n",
            f"n.csv:1: 'callback' is no column: the columns are {COLUMNS}",
        ),
        (
            "n.csv",
            "phonenumber,attributes.\n46700987654,a\n",
            f"n.csv:1: 'attributes.' is no column: the columns are {COLUMNS}",
        ),
        ("n.csv", "phonenumber,name,name\n", "n.csv:1: has the column name twice"),
        (
            "n.csv",
            HEAD + "46700987654,a,b\n",
            "n.csv:2: has 3 cells, and the first line names 2 columns: quote a cell that holds a "
            "comma",
        ),
        ("n.csv", HEAD + '46700987654,"a\n', "n.csv:2: is no CSV: unexpected end of data"),
        (
            "n.yaml",
            "a: {phonenumber: 46700987654}\nb: {phonenumber: '+46700987654'}\n",
            "n.yaml:2: +46700987654 is in line 1 already, and a number is registered once: take "
            "one of them out",
        ),
        (
            "n.yaml",
            "{a: {phonenumber: 46700987654}, b: {phonenumber: 46700987654}}\n",
            "n.yaml:1: +46700987654 is in line 1 already, and a number is registered once: take "
            "one of them out",
        ),
        (
            "n.yaml",
            "a: {phonenumber: 46700987654}\na: {phonenumber: 46700987655}\n",
            "n.yaml:2: the label a is in line 1 already: give each number its own",
        ),
        ("n.yaml", "a: {phonenumber: 0}\n", f"n.yaml:1: phonenumber: 0 {NO_E164}"),
        ("n.yaml", "a: {phonenumber: true}\n", f"n.yaml:1: phonenumber: True {NO_E164}"),
        ("n.yaml", "- a\n", "n.yaml:1: must have a label for each number, with its fields below"),
        ("n.yaml", "", "n.yaml:1: must have a label for each number, with its fields below"),
        ("n.yaml", "a: 46700987654\n", "n.yaml:1: a must have its fields below"),
        (
            "n.yaml",
            "a:\n  b: [\n",
            "n.yaml:3: is no YAML: expected the node content, but found '<stream end>'",
        ),
        ("n.txt", "", "n.txt: is neither .csv nor .yaml"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_line(
    name: str, text: str, line: str, tmp_path: Path
) -> None:
    """It names the file, the line and what to do; of what is there twice, both lines."""
    with pytest.raises(TableError) as caught:
        read(tmp_path, name, text)
    assert str(caught.value) == line


def test_a_table_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """It is not there, or it is in another encoding."""
    with pytest.raises(TableError, match=r"^numbers\.csv: cannot be read: No such file"):
        read_table(tmp_path / "numbers.csv")
    (tmp_path / "numbers.csv").write_bytes(
        "phonenumber,name\n46700987654,Göteborg".encode("cp1252")
    )
    with pytest.raises(TableError, match=r"^numbers\.csv: is not UTF-8: save it as UTF-8$"):
        read_table(tmp_path / "numbers.csv")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "stacks.txt: names no stack: write each name in a line of its own"),
        ("# none yet\n\n", "stacks.txt: names no stack: write each name in a line of its own"),
        ("a\n# b\na # again\n", "stacks.txt:3: a is in line 1 already"),
        (
            "a b\n",
            "stacks.txt:1: 'a b' is no name of a stack: write up to 100 letters, digits, "
            '"_", "." and "-"',
        ),
    ],
)
def test_what_is_wrong_with_the_stacks_is_one_line(text: str, line: str) -> None:
    """As for a table."""
    with pytest.raises(StacksError) as caught:
        stacks_in(text)
    assert str(caught.value) == line


def test_stacks_change_by_name() -> None:
    """The order is kept, and a mistake is one line."""
    stacks = stacks_in("a\nb # the second\n\nc\n")
    assert stacks == ("a", "b", "c")
    assert changed_stacks(stacks, ["d"], ["b"]) == ("a", "c", "d")
    for added, removed, line in (
        (["a"], [], "stack a: is in stacks.txt already"),
        ([], ["d"], "stack d: is not in stacks.txt, which has a, b, c"),
        ([], ["a", "b", "c"], "stacks.txt: names no stack: write each name in a line of its own"),
    ):
        with pytest.raises(StacksError) as caught:
            changed_stacks(stacks, added, removed)
        assert str(caught.value) == line
    with pytest.raises(StacksError, match=r"^stack dev: is not in stacks\.txt, which has a, b, c$"):
        share_of("dev", [], stacks)


def partition(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the example's command."""
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "partition.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_shares_and_moves() -> None:
    """Counts, the labels of one stack, what would move, and the commands that move it."""
    assert partition().stdout == "part-1 14\npart-2 23\npart-3 8\npart-4 15\n"
    labels = partition("--stack", "part-3").stdout.split()
    assert len(labels) == 8
    moved = [line.split() for line in partition("--remove", "part-3").stdout.splitlines()]
    assert sorted(label for _, _, label in moved) == sorted(labels)
    assert {source for source, _, _ in moved} == {"part-3"}

    printed = partition("--remove", "part-3", "--commands").stdout.splitlines()
    for target in {target for _, target, _ in moved}:
        (command,) = [line for line in printed if f" --dest {target} " in line]
        assert command.split()[:8] == [
            *("pulumi", "state", "move", "--yes", "--source", "part-3", "--dest", target)
        ]
        assert sorted(urn.rpartition("::")[2] for urn in command.split()[8:]) == sorted(
            label for _, to, label in moved if to == target
        )


def test_the_command_says_what_is_wrong_in_one_line() -> None:
    """On standard error, with an exit code."""
    failed = partition("--add", "part-3")
    assert failed.returncode == 1
    assert failed.stderr == "error: stack part-3: is in stacks.txt already\n"
