"""Tables of numbers: how they are read, and every mistake in them, word for word."""

from pathlib import Path

import pytest

from carrierx_provider.external_did.schema import INPUT_FIELDS
from carrierx_provider.number_table.table import NumberRow
from pulumi_carrierx import TableError, read_number_table
from tests.unit.outlines import cases_in, error_of

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

HEAD = "phonenumber,capabilities,label¶"
ONE, TWO, THREE = "+46700987654", "+46700987655", "+46700987656"
ONCE = "and a number can be registered only once: remove one of them"
MISSING = "is missing: every External DID needs it"
NO_E164 = (
    "is not E.164: write the country code and the number in digits alone, such as +46700987654"
)
FIELDS = ", ".join(INPUT_FIELDS)
COLUMNS = f"label, {FIELDS} and attributes.KEY"
QUOTE_IT = "write it in quotation marks"
NAME_THEM = "write the names of the capabilities, or CarrierX's integer"
NO_NUMBER = (
    "changes in YAML, in which 0123 is 83, 18:30 is 1110, 1.10 is 1.1 and +46 is 46: write it in "
    "quotation marks"
)
NO_CAPABILITIES = NO_NUMBER.replace(QUOTE_IT, NAME_THEM)
NO_FLAG = NO_NUMBER.replace(QUOTE_IT, "write true or false")
NO_DATE = "is a date in YAML: write it in quotation marks"
SHORTENED = (
    "is a number without its last digits, as spreadsheets write a long one (4.67E+10): give the "
    "column the format Text, then enter the value again"
)
NO_ROWS = (
    "has no rows, so the next up would release every number that it had: restore its rows, or pass "
    "allow_empty=True if that is intended"
)
DEEP = '{""a"":' * 15_000
CSV_WITH_JSON = (
    "label,phonenumber,capabilities,name,attributes,attributes.b¶"
    f'a,{ONE},3,"""x",{{b: 1}},¶'
    f'b,{TWO},3,{{}},"{{""a"": 1, ""a"": 2}}",¶'
    f'{{}},{THREE},3,,"{{""b"": 1}}",2¶'
    f'd,46700987657,3,,"{DEEP}",¶'
)
NO_JSON = 'a cell that begins with " or { is read as JSON, in which text needs quotation marks'
NO_INPUT = f"is not an input of an External DID: the inputs are {FIELDS}"
NO_URL = "must be an http(s) URL without white space, such as https://example.com/sms"
NO_COLUMN = (
    "has no column phonenumber: the header names the columns, in lower case, separated by commas "
    "or semicolons, or by what sep= names"
)
NO_LABELS = "must have a label for each number, with its fields below"
YAML_CHANGES = (
    "a:¶  phonenumber: 4.67E+10¶  name: yes¶  capabilities: [0x3]¶  attributes:¶"
    "    country: NO¶    surname: Null¶    days: [x, 2026-01-31]¶    off: {x: =}¶"
)
YAML_WITH_A_WRONG_TEMPLATE = (
    "x-all: &all¶  name: NO¶  attributes: &n {n: 0123}¶  capabilities: [fax]¶"
    "a: {<<: *all}¶b:¶  <<: *all¶  name: x¶  attributes: {<<: *n}¶"
    f"c: {{<<: *all, phonenumber: {TWO}, capabilities: 3}}¶"
)
YAML_WITHOUT_TEXT = (
    f"a:¶  phonenumber: {ONE}¶  capabilities: [receive_sms, NO]¶  adopt_existing: 01¶"
    "  attributes:¶    NO: x¶"
)
YAML_WITH_WRONG_NAMES = (
    f"a:¶  phonenumber: {ONE}¶  capabilities: 03¶  callback_ulr: NO¶  foo: !!int x¶  no: x¶"
    "x-p: &p {p: 1}¶b: {<<: *p}¶"
)
YAML_WITH_WRONG_FIELDS = (
    f"a:¶  phonenumber: {ONE}¶  callback: x¶  ownership: {{key: a, owner: b}}¶  attributes:¶"
    "    team: care¶    at:¶      x y: .nan¶    team: sales¶  capabilities: 3¶  capabilities: 1¶"
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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


def test_a_cell_may_hold_any_text() -> None:
    """Line breaks in quotes, and characters that some programs treat as line ends."""
    text = 'phonenumber,capabilities,name\n46700987654,1,"two\nlines"\n46700987655,1,a\u2028b\n'
    first, second = read("numbers.csv", text)
    assert (first.line, first.fields["name"]) == (2, "two\nlines")
    assert (second.line, second.fields["name"]) == (4, "a\u2028b")


def test_a_cell_that_begins_as_json_is_json() -> None:
    """JSON is for what a plain cell cannot hold: any attributes, text with spaces around."""
    text = (
        "label,phonenumber,capabilities,name,string_key_1,attributes,attributes.team\r\n"
        'a,46700987654,3,""" x ""","""""","{""tier"": 1, ""on"": [true, null, {}]}",care\r\n'
        '"""b""",46700987655,"""send_sms""",=1+1,a {,,"{""sub"": 1.5}"\r\n'
    )
    first, second = read("numbers.csv", text)
    assert (first.fields["name"], first.fields["string_key_1"]) == (" x ", "")
    assert first.fields["attributes"] == {"tier": 1, "on": [True, None, {}], "team": "care"}
    assert second.label == "b"
    assert second.fields == {
        "phonenumber": "46700987655",
        "capabilities": ["send_sms"],
        "name": "=1+1",
        "string_key_1": "a {",
        "attributes": {"team": {"sub": 1.5}},
    }


@pytest.mark.parametrize("fast", [True, False])
def test_yaml_has_a_label_for_each_number(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below it is whatever ``ExternalDID`` takes. The fast libyaml is not installed everywhere."""
    if not fast:
        monkeypatch.delattr("yaml.CSafeLoader")
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


def test_yaml_may_have_templates() -> None:
    """A key that begins with ``x-`` is not a number; in CSV, which has no templates, it is one."""
    text = (
        "x-defaults: &defaults {capabilities: 3, attributes: &care {team: care}}\n"
        "x-care: {<<: *defaults, name: Care}\nx-hook: &hook https://example.com/sms\n"
        f"a: {{<<: *defaults, phonenumber: {ONE}, callback_url: *hook}}\n"
        f"b: {{phonenumber: {TWO}, capabilities: 1, attributes: {{<<: *care, tier: 2}}}}\n"
    )
    hook, care = "https://example.com/sms", {"team": "care"}
    assert [(row.label, row.fields) for row in read("numbers.yml", text)] == [
        ("a", {"phonenumber": ONE, "capabilities": 3, "attributes": care, "callback_url": hook}),
        ("b", {"phonenumber": TWO, "capabilities": 1, "attributes": {**care, "tier": 2}}),
    ]
    (row,) = read("numbers.csv", f"phonenumber,capabilities,label\n{ONE},3,x-ray\n")
    assert row.label == "x-ray"


@pytest.mark.parametrize(
    "fields",
    [
        "{phonenumber: &n 46700987654, attributes: {n: *n}, capabilities: 3.0}",
        "{attributes: {n: &n 46700987654}, phonenumber: *n, capabilities: 3.00}",
        "{attributes: {n: 46700987654}, phonenumber: 46700987654.00, capabilities: 3}",
    ],
)
def test_equal_numbers_in_yaml_are_equal(fields: str) -> None:
    """In whatever order a reference comes, and with decimals of zero."""
    (row,) = read("n.yaml", f"a: {fields}\n")
    assert (row.phonenumber, row.fields["capabilities"]) == (ONE, 3)
    assert repr(row.fields["attributes"]) == "{'n': 46700987654}"


@pytest.mark.parametrize("written", ["yes", "On", "TRUE"])
def test_a_boolean_field_takes_every_boolean_of_yaml(written: str) -> None:
    """Such a word is a mistake where it might be meant as text."""
    text = f"a: {{phonenumber: {ONE}, capabilities: 3, adopt_existing: {written}}}\n"
    assert read("n.yaml", text)[0].fields["adopt_existing"] is True


def test_references_to_references_are_read_once() -> None:
    """Written out, these would be 2^64 keys."""
    levels = "".join(f"x-{n}: &r{n} {{a: *r{n - 1}, b: *r{n - 1}}}\n" for n in range(1, 65))
    text = f"x-0: &r0 {{k: 1}}\n{levels}a: {{phonenumber: {ONE}, capabilities: 3}}\n"
    assert [row.label for row in read("n.yaml", text)] == ["a"]


AS_WRITTEN = [
    *[("true", True), ("False", False), ("TRUE", True), ("~", None), ("null", None), ("", None)],
    *[("0", 0), ("-12", -12), ("400", 400), ("3.0", 3.0), ("-0.5", -0.5), ("0.0000001", 1e-7)],
    *[("y", "y"), ("1e3", "1e3"), ("0o17", "0o17"), ("18-08", "18-08"), ("08", "08")],
    *[("'NO'", "NO"), ('"0123"', "0123"), ("!!str 0123", "0123"), ("!!float 3", 3.0)],
]
CHANGED = (
    *("YES", "No", "on", "Off", "NULL", "+46700987654", "0123", "-07", "0x1F", "0b11", "0b_"),
    *("1_000", "18:30", "1:30.5", "4.67E+10", "1.10", ".5", "1.", ".inf", "-.INF", ".NaN"),
    *("0.1234567890123456789", "2026-01-31", "2026-01-31 18:30:00", "2026-99-99"),
)


@pytest.mark.parametrize("fast", [True, False])
def test_plain_yaml_is_read_as_it_is_written(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, numbers in their usual notation, and what has a tag; anything else is a mistake."""
    if not fast:
        monkeypatch.delattr("yaml.CSafeLoader")
    text = f"a:\n  phonenumber: {ONE}\n  capabilities: 3\n  attributes:\n"
    plain = "".join(f"    k{n}: {written}\n" for n, (written, _) in enumerate(AS_WRITTEN))
    (row,) = read("n.yaml", text + plain)
    values = [value for _, value in AS_WRITTEN]
    # 3 and 3.0 are equal, and so are true and 1.
    assert repr([*row.fields["attributes"].values()]) == repr(values)
    changed = "".join(f"    k{n}: [x, {w}]\n    ? {w}\n    : x\n" for n, w in enumerate(CHANGED))
    with pytest.raises(TableError) as caught:
        # As keys these two are not changed.
        read("n.yaml", f"{text}{changed}    signs: [=, <<]\n    =: x\n    <<: {{}}\n")
    mistakes = caught.value.mistakes
    signs = 5 + 3 * len(CHANGED)
    lines = [line for line in range(5, signs) if (line - 5) % 3 < 2]
    assert [mistake.line for mistake in mistakes] == [*lines, signs, signs]
    assert all(QUOTE_IT in mistake.reason for mistake in mistakes)


SPREADSHEETS = {
    # Save as "CSV UTF-8": a byte order mark; empty cells wherever a cell once had a format.
    "Excel": b"\xef\xbb\xbflabel,phonenumber,capabilities,name,adopt_existing,attributes.team,,\r\n"
    b'support,46700987654,"receive_sms, send_sms","Support ""day"", \xc3\xa5",TRUE,care,,\r\n'
    b"sales,46700987655,3,,FALSE,,,\r\n,,,,,,,\r\n,,,,,,,\r\n",
    # The same where Windows has a decimal comma, with a number format of one decimal.
    "Excel with a decimal comma": b"\xef\xbb\xbflabel;phonenumber;capabilities;name;adopt_existing;"
    b"attributes.team;\r\n"
    b'support;46700987654,0;receive_sms, send_sms;"Support ""day"", \xc3\xa5";TRUE;care;\r\n'
    b"sales;46700987655,0;3,0;;FALSE;;\r\n;;;;;;\r\n",
    # What many exports write so that Excel finds the separator.
    "sep=": b"sep=;\r\nlabel;phonenumber;capabilities;name;adopt_existing;attributes.team\r\n"
    b'support;"+46700987654";receive_sms send_sms;"Support ""day"", \xc3\xa5";true;care\r\n'
    b"sales;+46700987655;3;;false;\r\n",
    # Save as "Text CSV" with its defaults: no byte order mark, the system's line ends.
    "LibreOffice": b"label,phonenumber,capabilities,name,adopt_existing,attributes.team\n"
    b'support,+46700987654,receive_sms send_sms,"Support ""day"", \xc3\xa5",TRUE,care\n'
    b"sales,46700987655,3,,FALSE,\n",
    # With "Quote all text cells", and a semicolon.
    "LibreOffice with quotes": b'"label";"phonenumber";"capabilities";"name";"adopt_existing";'
    b'"attributes.team"\n"support";"+46700987654";"receive_sms send_sms";'
    b'"Support ""day"", \xc3\xa5";TRUE;"care"\n"sales";46700987655.0;3.0;;FALSE;\n',
    # Download as "Comma Separated Values": the last row has no line end.
    "Google Sheets": b"label,phonenumber,capabilities,name,adopt_existing,attributes.team\r\n"
    b'support,+46700987654,receive_sms send_sms,"Support ""day"", \xc3\xa5",TRUE,care\r\n'
    b"sales,46700987655,3,,FALSE,",
    # pandas, DataFrame.to_csv(index=False): a column with an empty cell becomes one of floats.
    "pandas": b"label,phonenumber,capabilities,name,adopt_existing,attributes.team\n"
    b'support,46700987654.0,receive_sms send_sms,"Support ""day"", \xc3\xa5",True,care\n'
    b"sales,46700987655.0,3.0,,False,\n",
}
"""A table of two numbers as each program writes it."""


@pytest.mark.parametrize("program", SPREADSHEETS)
def test_a_spreadsheets_csv_will_do(program: str) -> None:
    """Whatever the program adds, leaves out or spells in its own way."""
    Path("numbers.csv").write_bytes(SPREADSHEETS[program])
    support, sales = read_number_table("numbers.csv")
    assert (support.label, support.phonenumber) == ("support", ONE)
    assert {**support.fields, "phonenumber": ONE} == {
        "phonenumber": ONE,
        "capabilities": ["receive_sms", "send_sms"],
        "name": 'Support "day", å',
        "adopt_existing": True,
        "attributes": {"team": "care"},
    }
    assert (sales.label, sales.phonenumber) == ("sales", TWO)
    assert repr(sales.fields["capabilities"]) == "3"
    assert sales.fields["adopt_existing"] is False


CSV_MISTAKES = f"""
{HEAD}{ONE},3,a¶{TWO},3,b¶{ONE[1:]},3,c¶{ONE},,a¶
    :4: c: phonenumber: {ONE} is already in line 2, {ONCE}
    :5: a: capabilities: {MISSING}
    :5: a: label: a is already in line 2: give each number a label of its own
    :5: a: phonenumber: {ONE} is already in line 2, {ONCE}
{HEAD}{ONE},3,"a¶b"¶{ONE},3,¶
    :2: a\\nb: label: must be a string of printable characters
    :4: phonenumber: {ONE} is already in line 2, {ONCE}
{HEAD}4.67E+10,fax,a¶0700987654,3,¶,3,c¶
    :2: a: phonenumber: {SHORTENED}
    :2: a: capabilities: 'fax' is not a capability: use receive_sms, send_sms, receive_mms, send_mms
    :3: phonenumber: +0700987654 does not begin with a country code
    :4: c: phonenumber: {MISSING}
Phonenumber;Name¶46700987654;a¶
    :1: {NO_COLUMN}
phonenumber;capabilities¶{ONE};3;b¶
    :2: has 3 cells, and the header names 2 columns: quote a cell that holds a semicolon,
      or name its column
phonenumber,callback,attributes.,name,name¶46700987654,a¶
    :1: 'callback' is not a column: the columns are {COLUMNS}
    :1: 'attributes.' is not a column: the columns are {COLUMNS}
    :1: has the column 'name' twice
{HEAD}{ONE},3,a,b¶{TWO},,c¶
    :2: has 4 cells, and the header names 3 columns: quote a cell that holds a comma, or
      name its column
    :3: c: capabilities: {MISSING}
sep=;¶phonenumber;capabilities;string_key_1;;¶{ONE};4,6701E+10;4.67009876e+10¶{ONE},0;3;;;c¶
    :3: capabilities: {SHORTENED}
    :3: string_key_1: {SHORTENED}
    :4: has 5 cells, and the header names 3 columns: quote a cell that holds a semicolon,
      or name its column
sep=|¶phonenumber|label|¶{ONE}¶
    :3: capabilities: {MISSING}
sep=,¶number,label,¶
    :2: {NO_COLUMN}
sep=;,,¶phonenumber,capabilities,label¶{ONE},,a¶
    :3: a: capabilities: {MISSING}
sep=;;;¶phonenumber;capabilities;label¶{ONE};;a¶
    :3: a: capabilities: {MISSING}
{HEAD}{ONE},,a¶{TWO},3,"a¶
    :2: a: capabilities: {MISSING}
    :3: is not valid CSV: a quoted cell has no closing quotation mark
{CSV_WITH_JSON}
    :2: a: name: is not valid JSON: Unterminated string starting at (character 1): {NO_JSON}
    :2: a: attributes: is not valid JSON: Expecting property name enclosed in double quotes
      (character 2): {NO_JSON}
    :3: b: attributes: is not valid JSON: it has the key 'a' twice: {NO_JSON}
    :3: b: name: must be a string, not an object
    :4: label: must be a string of printable characters
    :4: attributes.b: is also in the column attributes: remove one of them
    :5: d: attributes: is not valid JSON: it is nested too deeply: {NO_JSON}
phonenumber,capabilities,string_key_1¶{ONE},{"1" * 5_000},"{{""a"": {"1" * 5_000}}}"¶
    :2: string_key_1: is not valid JSON: it has an integer with too many digits: {NO_JSON}
    :2: capabilities: '{"1" * 39}…' is not a capability: use receive_sms, send_sms, receive_mms,
      send_mms
phonenumber,capabilities,callback_url,adopt_existing¶{ONE},3,example.com,yes¶
    :2: callback_url: {NO_URL}
    :2: adopt_existing: must be true or false, not a string
"""
YAML_MISTAKES = f"""
a:¶\tphonenumber: {ONE}¶
    :2: is not valid YAML: found character '\\t' that cannot start any token: indent with spaces,
      not with tabs
{{a: {{phonenumber: {ONE}, capabilities: 3}},¶a: {{phonenumber: {TWO}, capabilities: 3}}}}¶
    :2: a: label: a is already in line 1: give each number a label of its own
{YAML_WITH_WRONG_FIELDS}
    :3: a: callback: {NO_INPUT}
    :4: a: ownership: {NO_INPUT}
    :8: a: attributes.at["x y"]: {NO_NUMBER}
    :9: a: attributes.team: is already in line 6: remove one of them
    :11: a: capabilities: is already in line 10: remove one of them
a: {{phonenumber: 0701234567, capabilities: 3}}¶b: {{phonenumber: true}}¶
    :1: a: phonenumber: +0701234567 does not begin with a country code
    :2: b: capabilities: {MISSING}
    :2: b: phonenumber: must be a string, an E.164 number such as +46700987654
a:¶  phonenumber: {ONE}¶  capabilities: 3¶  name: 2024-99-99¶  attributes:¶    at: !!bool x¶
    :4: a: name: {NO_DATE}
    :6: a: attributes: is not what its tag says: remove the tag
{YAML_CHANGES}
    :2: a: phonenumber: changes in YAML, and digits may be lost: write all of them in quotation
      marks
    :3: a: name: yes is true in YAML: {QUOTE_IT}, or write true
    :4: a: capabilities.0: {NO_CAPABILITIES}
    :6: a: attributes.country: NO is false in YAML: write it in quotation marks, or write false
    :7: a: attributes.surname: Null is null in YAML: {QUOTE_IT}, or write null
    :8: a: attributes.days.1: {NO_DATE}
    :9: a: attributes.off: off is false in YAML: {QUOTE_IT}
    :9: a: attributes.off.x: has a special meaning in YAML: {QUOTE_IT}
{YAML_WITH_A_WRONG_TEMPLATE}
    :2: x-all: name: NO is false in YAML: {QUOTE_IT}, or write false
    :3: x-all: attributes.n: {NO_NUMBER}
    :4: x-all: capabilities: 'fax' is not a capability: use receive_sms, send_sms, receive_mms,
      send_mms
    :5: a: phonenumber: {MISSING}
    :6: b: phonenumber: {MISSING}
x-hook: &hook example.com¶a:¶  phonenumber: {ONE}¶  capabilities: 3¶  callback_url: *hook¶
    :1: x-hook: callback_url: {NO_URL}
a: &a {{phonenumber: {ONE}, capabilities: 3, name: on}}¶b: {{<<: *a}}¶
    :1: a: name: on is true in YAML: {QUOTE_IT}, or write true
    :2: b: phonenumber: {ONE} is already in line 1, {ONCE}
{YAML_WITH_WRONG_NAMES}
    :3: a: capabilities: {NO_CAPABILITIES}
    :4: a: callback_ulr: NO is false in YAML: {QUOTE_IT}, or write false
    :4: a: callback_ulr: {NO_INPUT}
    :5: a: foo: is not what its tag says: remove the tag
    :5: a: foo: {NO_INPUT}
    :6: a: no: {NO_INPUT}
    :7: x-p: p: {NO_INPUT}
    :8: b: phonenumber: {MISSING}
    :8: b: capabilities: {MISSING}
{YAML_WITHOUT_TEXT}
    :3: a: capabilities.1: NO is false in YAML: {NAME_THEM}
    :4: a: adopt_existing: {NO_FLAG}
    :6: a: attributes.NO: NO is false in YAML: {QUOTE_IT}
a: {{phonenumber: {ONE}, capabilities: 3, name: {"1" * 5_000}, attributes: {{b: 1, b: 2}}}}¶
    :1: a: name: has too many digits for a number: {QUOTE_IT}
    :1: a: attributes.b: is already in line 1: remove one of them
x-ray:¶  capabilities: 3¶  phonenumber: {ONE}¶  capabilities: 1¶
    :3: x-ray: phonenumber: belongs to a number, and a key that begins with x- is a template for
      numbers: give this one another label (a registered number then needs an alias)
    :4: x-ray: capabilities: is already in line 2: remove one of them
- a¶
    :1: {NO_LABELS}
a: 46700987654¶? [b]¶: {{phonenumber: {ONE}}}¶c: {{}}¶
    :1: a: has no fields: write them below the label, indented
    :2: {NO_LABELS}
    :4: c: phonenumber: {MISSING}
    :4: c: capabilities: {MISSING}
a: {{name: !!python/none }}¶
    :1: is not valid YAML: could not determine a constructor for the tag
      'tag:yaml.org,2002:python/none'
a: \x00¶
    : is not valid YAML: unacceptable character #x0000: special characters are not allowed in
      "<unicode string>", position 3
a: {"[" * 20_000}
    : is nested too deeply
"""


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        *(("n.csv", *mistake) for mistake in cases_in(CSV_MISTAKES)),
        *(("n.yaml", *mistake) for mistake in cases_in(YAML_MISTAKES)),
        *(
            ("n.csv", text, [f": {NO_ROWS}"])
            for text in ("", "\ufeff\r\n", "sep=;\n", "phonenumber\n,,")
        ),
        *(("n.yaml", text, [f": {NO_ROWS}"]) for text in ("", "# none\n", "---\n", "{}", "x-a: 1")),
        ("n.txt", "", [": is neither .csv nor .yaml: save it as one of them"]),
    ],
)
def test_every_mistake_of_a_table_is_one_line(name: str, text: str, lines: list[str]) -> None:
    """All mistakes at once, each with file, line, label and field, and what to do."""
    expected = "\n".join(f"{name}{line}" for line in lines)
    assert error_of(TableError, read, name, text) == expected


def test_a_table_that_cannot_be_read_is_one_line() -> None:
    """The file does not exist, or has another encoding."""
    with pytest.raises(TableError, match=r"^numbers\.csv: cannot be read: No such file"):
        read_number_table("numbers.csv")
    text = "phonenumber\tname\r\n46700987654\tGöteborg\r\n"
    # As Excel writes "CSV (Comma delimited)" and, with tabs, "Unicode Text".
    for encoded in (text.replace("\t", ",").encode("cp1252"), text.encode("utf-16")):
        Path("numbers.csv").write_bytes(encoded)
        assert error_of(TableError, read_number_table, "numbers.csv") == (
            "numbers.csv: is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)"
        )


def test_a_mapping_that_contains_itself_is_a_mistake() -> None:
    """YAML has references, so a table may contain one."""
    text = f"a:\n  phonenumber: {ONE}\n  capabilities: 3\n  attributes: &x\n    b: *x\n"
    with pytest.raises(TableError, match=r"^n\.yaml:5: a: attributes\.b: "):
        read("n.yaml", text)
