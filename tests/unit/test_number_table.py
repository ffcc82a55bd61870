"""Tables of numbers: how they are read, and every mistake in them, word for word."""

from pathlib import Path

import pytest

from carrierx_provider.external_did.schema import INPUT_FIELDS
from carrierx_provider.number_table import yaml_format
from carrierx_provider.number_table.table import NumberRow
from pulumi_carrierx import TableError, read_number_table
from tests.unit.outlines import error_of

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

HEAD = "phonenumber,capabilities,label\n"
ONE, TWO, THREE = "+46700987654", "+46700987655", "+46700987656"
ONCE = "and a number can be registered only once: remove one of them"
MISSING = "is missing: every External DID needs it"
NO_E164 = (
    "is not E.164: write the country code and the number in digits alone, such as +46700987654"
)
FIELDS = ", ".join(INPUT_FIELDS)
COLUMNS = f"label, {FIELDS} and attributes.KEY"
NO_VALUE = (
    "looks like a date or a number and is not a valid one, such as 2024-99-99: write it in "
    "quotation marks"
)
DEEP = '{""a"":' * 15_000
NO_JSON = 'a cell that begins with " or { is read as JSON, in which text needs quotation marks'
NO_INPUT = f"is not an input of an External DID: the inputs are {FIELDS}"
NO_URL = "must be an http(s) URL without white space, such as https://example.com/sms"
NO_COLUMN = (
    "has no column phonenumber: the first line names the columns, in lower case, separated by "
    "commas or semicolons"
)
NO_LABELS = "must have a label for each number, with its fields below"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(name: str, text: str) -> list[NumberRow]:
    Path(name).write_text(text, encoding="utf-8")
    return read_number_table(name)


def test_a_csv_declares_what_its_cells_hold() -> None:
    """Empty cells and lines declare nothing; a number without a label is named by its digits."""
    support = {
        "phonenumber": ONE,
        "capabilities": ["receive_sms", "send_sms"],
        "name": "Support, day",
        "attributes": {"team": "care"},
    }
    other = {"phonenumber": "46700987655", "capabilities": 3}
    expected = [
        NumberRow("numbers.csv", 2, "support", ONE, support),
        NumberRow("numbers.csv", 4, "46700987655", TWO, other),
    ]
    assert read("numbers.csv", CSV) == expected
    assert read("numbers.csv", "\ufeff" + CSV.replace("\n", "\r\n")) == expected
    # As a spreadsheet writes it in a language with a decimal comma.
    semicolons = CSV.replace('"Support, day"', "Support| day").replace(",", ";").replace("|", ",")
    rows = read("NUMBERS.CSV", semicolons.replace("receive_sms send_sms", "receive_sms,send_sms"))
    assert [(row.label, row.fields) for row in rows] == [
        (row.label, row.fields) for row in expected
    ]
    (adopted,) = read("numbers.csv", f"phonenumber,capabilities,adopt_existing\n{ONE},3,true\n")
    assert adopted.fields["adopt_existing"] is True


def test_a_cell_may_hold_any_text() -> None:
    """Line breaks in quotes, and characters that some programs treat as line ends."""
    text = (
        'phonenumber,capabilities,name\n46700987654,1,"two\nlines"\n46700987655,1,a\u2028b\n'
        "46700987656,1,\n"
    )
    assert [(row.line, row.fields.get("name")) for row in read("numbers.csv", text)] == [
        (2, "two\nlines"),
        (4, "a\u2028b"),
        (5, None),
    ]


def test_a_cell_that_begins_as_json_is_json() -> None:
    """JSON is for what a plain cell cannot hold: any attributes, text with spaces around."""
    text = (
        "label,phonenumber,capabilities,name,string_key_1,attributes,attributes.team\r\n"
        'a,46700987654,3,""" x ""","""""","{""tier"": 1, ""on"": [true, null, {}]}",care\r\n'
        '"""b""",46700987655,"""send_sms""",=1+1,a {,,"{""sub"": 1.5}"\r\n'
    )
    first, second = read("numbers.csv", text)
    attributes = {"tier": 1, "on": [True, None, {}], "team": "care"}
    assert first.fields == {
        "phonenumber": "46700987654",
        "capabilities": 3,
        "name": " x ",
        "string_key_1": "",
        "attributes": attributes,
    }
    assert (second.label, second.line) == ("b", 3)
    assert second.fields == {
        "phonenumber": "46700987655",
        "capabilities": ["send_sms"],
        "name": "=1+1",
        "string_key_1": "a {",
        "attributes": {"team": {"sub": 1.5}},
    }


def test_yaml_has_a_label_for_each_number() -> None:
    """Below it is whatever ``ExternalDID`` takes."""
    rows = read("numbers.yaml", YAML)
    assert [(row.line, row.label, row.phonenumber) for row in rows] == [
        (1, "support", ONE),
        (5, "sales", TWO),
    ]
    assert rows[0].fields["attributes"] == {"team": "care", "hours": [8, 17]}


def test_yaml_may_include_the_fields_of_another_number() -> None:
    """A field of the number itself comes first."""
    text = f"a: &a {{phonenumber: '{ONE}', capabilities: 3}}\nb:\n  <<: *a\n  phonenumber: {TWO}\n"
    assert [row.fields for row in read("numbers.yml", text)] == [
        {"phonenumber": ONE, "capabilities": 3},
        {"phonenumber": TWO, "capabilities": 3},
    ]


def test_libyaml_reads_as_python_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The faster libyaml is not installed everywhere."""
    fast = yaml_format.parse(YAML, "numbers.yaml")
    monkeypatch.delattr("yaml.CSafeLoader")
    assert yaml_format.parse(YAML, "numbers.yaml") == fast
    assert fast.rows


CSV_MISTAKES: list[tuple[str, list[str]]] = [
    (
        f"{HEAD}{ONE},3,a\n{TWO},3,b\n{ONE[1:]},3,c\n{ONE},,a\n",
        [
            f":4: c: phonenumber: {ONE} is already in line 2, {ONCE}",
            f":5: a: capabilities: {MISSING}",
            ":5: a: label: a is already in line 2: give each number a label of its own",
            f":5: a: phonenumber: {ONE} is already in line 2, {ONCE}",
        ],
    ),
    (
        f'{HEAD}{ONE},3,"a\nb"\n{ONE},3,c\n',
        [
            ":2: a\\nb: label: must be a string of printable characters",
            f":4: c: phonenumber: {ONE} is already in line 2, {ONCE}",
        ],
    ),
    (f"{HEAD}{ONE},3,a\n{ONE},3,\n", [f":3: phonenumber: {ONE} is already in line 2, {ONCE}"]),
    (
        f"{HEAD}4.67E+10,fax,a\n0700987654,3,\n,3,c\n",
        [
            f":2: a: phonenumber: '4.67E+10' {NO_E164}",
            ":2: a: capabilities: 'fax' is not a capability: use receive_sms, send_sms, "
            "receive_mms, send_mms",
            ":3: phonenumber: +0700987654 does not begin with a country code",
            f":4: c: phonenumber: {MISSING}",
        ],
    ),
    ("", [f":1: {NO_COLUMN}"]),
    ("phonenumber\tname\n46700987654\ta\n", [f":1: {NO_COLUMN}"]),
    ("Phonenumber;Name\n46700987654;a\n", [f":1: {NO_COLUMN}"]),
    (
        f"phonenumber;calback_url\n{ONE};a;b\n",
        [f":1: 'calback_url' is not a column: the columns are {COLUMNS}"],
    ),
    (
        f"phonenumber;capabilities\n{ONE};3;b\n",
        [
            ":2: has 3 cells, and the first line names 2 columns: quote a cell that holds "
            "a semicolon"
        ],
    ),
    (
        "phonenumber,callback,attributes.,name,name\n46700987654,a\n",
        [
            f":1: 'callback' is not a column: the columns are {COLUMNS}",
            f":1: 'attributes.' is not a column: the columns are {COLUMNS}",
            ":1: has the column 'name' twice",
        ],
    ),
    (
        f"{HEAD}{ONE},3,a,b\n{TWO},,c\n",
        [
            ":2: has 4 cells, and the first line names 3 columns: quote a cell that holds a comma",
            f":3: c: capabilities: {MISSING}",
        ],
    ),
    (
        f'{HEAD}{ONE},,a\n{TWO},3,"a\n',
        [
            f":2: a: capabilities: {MISSING}",
            ":3: is not valid CSV: a quoted cell has no closing quotation mark",
        ],
    ),
    (
        (
            "label,phonenumber,capabilities,name,attributes,attributes.b\n"
            f'a,{ONE},3,"""x",{{b: 1}},\n'
            f'b,{TWO},3,{{}},"{{""a"": 1, ""a"": 2}}",\n'
            f'{{}},{THREE},3,,"{{""b"": 1}}",2\n'
            f'd,46700987657,3,,"{DEEP}",\n'
        ),
        [
            ":2: a: name: is not valid JSON: Unterminated string starting at "
            f"(character 1): {NO_JSON}",
            ":2: a: attributes: is not valid JSON: Expecting property name enclosed in "
            f"double quotes (character 2): {NO_JSON}",
            f":3: b: attributes: is not valid JSON: it has the key 'a' twice: {NO_JSON}",
            ":3: b: name: must be a string, not an object",
            ":4: label: must be a string of printable characters",
            ":4: attributes.b: is also in the column attributes: remove one of them",
            f":5: d: attributes: is not valid JSON: it is nested too deeply: {NO_JSON}",
        ],
    ),
    (
        f"phonenumber,capabilities,callback_url,adopt_existing\n{ONE},3,example.com,yes\n",
        [f":2: callback_url: {NO_URL}", ":2: adopt_existing: must be true or false, not a string"],
    ),
]
YAML_MISTAKES: list[tuple[str, list[str]]] = [
    (
        f"a:\n\tphonenumber: {ONE}\n",
        [
            ":2: is not valid YAML: found character '\\t' that cannot start any token: "
            "indent "
            "with spaces, not with tabs"
        ],
    ),
    (
        (
            f"a:\n  capabilities: 3\n  phonenumber: {ONE}\nb:\n  capabilities: 3\n"
            f"  phonenumber: '{ONE[1:]}'\n"
        ),
        [f":6: b: phonenumber: {ONE} is already in line 1, {ONCE}"],
    ),
    (
        (
            f"{{a: {{phonenumber: {ONE}, capabilities: 3}},\n"
            f"a: {{phonenumber: {TWO}, capabilities: 3}}}}\n"
        ),
        [":2: a: label: a is already in line 1: give each number a label of its own"],
    ),
    (
        (
            f"a:\n  phonenumber: {ONE}\n  callback: x\n  ownership: {{key: a, owner: b}}\n"
            "  attributes:\n    team: care\n    at:\n      x y: .nan\n    team: sales\n"
            "  capabilities: 3\n  capabilities: 1\n"
        ),
        [
            f":3: a: callback: {NO_INPUT}",
            f":4: a: ownership: {NO_INPUT}",
            ':8: a: attributes.at["x y"]: is not a finite number: write it as a string',
            ":9: a: attributes.team: is already in line 6: remove one of them",
            ":11: a: capabilities: is already in line 10: remove one of them",
        ],
    ),
    (
        "a: {phonenumber: 0701234567, capabilities: 3}\nb: {phonenumber: true}\n",
        [
            ":1: a: phonenumber: +0701234567 does not begin with a country code",
            f":2: b: capabilities: {MISSING}",
            ":2: b: phonenumber: must be a string, an E.164 number such as +46700987654",
        ],
    ),
    (
        (
            f"a:\n  phonenumber: {ONE}\n  capabilities: 3\n  name: 2024-99-99\n  attributes:\n"
            "    at: !!bool x\n"
        ),
        [f":4: a: name: {NO_VALUE}", f":6: a: attributes: {NO_VALUE}"],
    ),
    ("- a\n", [f":1: {NO_LABELS}"]),
    ("", [f":1: {NO_LABELS}"]),
    (
        f"a: 46700987654\n? [b]\n: {{phonenumber: {ONE}}}\nc: {{}}\n",
        [
            ":1: a: has no fields: write them below the label, indented",
            f":2: {NO_LABELS}",
            f":4: c: phonenumber: {MISSING}",
            f":4: c: capabilities: {MISSING}",
        ],
    ),
    (
        "a:\n  b: [\n",
        [":3: is not valid YAML: expected the node content, but found '<stream end>'"],
    ),
    (
        "a: {name: !!python/none }\n",
        [
            ":1: is not valid YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/none'"
        ],
    ),
    (
        "a: \x00\n",
        [
            ": is not valid YAML: unacceptable character #x0000: special characters are "
            "not "
            'allowed in "<unicode string>", position 3'
        ],
    ),
    ("a: " + "[" * 20_000, [": is nested too deeply"]),
]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        *(("n.csv", *mistake) for mistake in CSV_MISTAKES),
        *(("n.yaml", *mistake) for mistake in YAML_MISTAKES),
        ("n.txt", "", [": is neither .csv nor .yaml: save it as one of them"]),
    ],
)
def test_every_mistake_of_a_table_is_one_line(name: str, text: str, lines: list[str]) -> None:
    """All mistakes at once, each with file, line, label and field, and what to do."""
    assert error_of(TableError, read, name, text).split("\n") == [f"{name}{line}" for line in lines]


def test_a_table_that_cannot_be_read_is_one_line(folder: Path) -> None:
    """The file does not exist, or has another encoding."""
    with pytest.raises(TableError, match=r"^numbers\.csv: cannot be read: No such file"):
        read_number_table(folder / "numbers.csv")
    text = "phonenumber,name\n46700987654,Göteborg"
    Path("numbers.csv").write_bytes(text.encode("cp1252"))
    assert error_of(TableError, read_number_table, "numbers.csv") == (
        "numbers.csv: is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)"
    )


def test_a_mapping_that_contains_itself_is_a_mistake() -> None:
    """YAML has references, so a table may contain one."""
    text = f"a:\n  phonenumber: {ONE}\n  capabilities: 3\n  attributes: &x\n    b: *x\n"
    with pytest.raises(TableError, match=r"^n\.yaml:5: a: attributes\.b: "):
        read("n.yaml", text)
