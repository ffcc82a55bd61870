"""Adoption and release without a stack: labels, tables, programs, and what a state has."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import ConfigValue

from carrierx_api.models import ExternalDID
from carrierx_cli.adopt.adoption import Adoption, labels_for, nothing_found_line, plan_adoption
from carrierx_cli.adopt.resources import with_numbers
from carrierx_cli.adopt.select import Managed, Selection, SkipReason, parse_list, select
from carrierx_cli.adopt.table import Rows, program_for, read_table, with_rows
from carrierx_cli.console import UsageError
from carrierx_cli.release import run as release
from carrierx_cli.release.run import done_lines, listing
from carrierx_provider.core.connections import Connections
from carrierx_provider.core.resource import PlanKind
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State
from carrierx_provider.number_table.table import TableError
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.state_edit import OWNER_ALONE, write_whole
from carrierx_provider.pulumi_files.urn import StackRef
from tests.unit.outlines import cases_in, error_of

KEY = "managed_by"
PLACE = StackRef("trial", "dev", KEY)
NUMBER = "+46700987654"
ROW = {"phonenumber": NUMBER, "capabilities": ["receive_sms"]}
YAML_ROW = "\nnew:\n  phonenumber: '+46700987654'\n  capabilities: [receive_sms]\n"
M2M = (
    *("345901234567890", "47580001234567", "337000123456789", "467190001234567", "327700010012345"),
)
URN = "urn:pulumi:dev::trial::pulumi-python:dynamic/carrierx:ExternalDID::"


def number(
    sid: str, name: str | None = None, phonenumber: str = NUMBER, **more: Any
) -> ExternalDID:
    fields = {"phonenumber": phonenumber, "capabilities": 3, "name": name, "attributes": {}, **more}
    return ExternalDID(external_did_sid=sid, **fields)


def in_state(name: str, sid: str, phonenumber: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {
        "urn": URN + name,
        "type": "pulumi-python:dynamic/carrierx:ExternalDID",
        "id": sid,
        "outputs": {"phonenumber": phonenumber},
        **more,
    }


def state_of(*resources: dict[str, Any], **more: Any) -> Deployment:
    return Deployment.model_validate({"resources": list(resources), **more})


def longer(text: str, rows: Rows, file: str) -> str:
    """The text of a table with new rows at its end."""
    return with_rows(read_table(text, file), rows).text


def adopted(*numbers: ExternalDID, table: str = "", names: Collection[str] = ()) -> Adoption:
    """What becomes of these numbers, beside the rows of a table and names that are taken."""
    return plan_adoption(
        Selection(numbers, ()), None, read_table(table, "n.yaml"), set(names), PLACE, by_name
    )


def by_name(account: object) -> object:
    """Each name is an account of its own."""
    return account


def declared(**more: Any) -> Inputs:
    return Inputs.parse(check_inputs({"phonenumber": NUMBER, "capabilities": 3, **more}).inputs)


def test_labels_are_readable_and_do_not_depend_on_the_order() -> None:
    """A name of its own gives the label; names that several have, and none, take the number."""
    names = {
        "a": ("Support Sweden", "support-sweden-4670098760"),
        "b": ("support  SWEDEN!", "support-sweden-4670098761"),
        "c": ("Zürich", "zurich"),
        "d": ("External DID 102505", "4670098763"),
        "e": ("日本", "wished"),
        "f": ("Taken", "taken-4670098765"),
        "g": ("4711", "4670098766"),
        "h": (None, "4670098767-2"),
        "i": ("x" * 100, "x" * 60),
        # As labels of a table in YAML these would be templates.
        "j": ("X-Ray", "4670098769"),
        "k": ("X", "46700987610"),
    }
    numbers = [
        number(sid, name, f"+467009876{count}")
        for count, (sid, (name, _)) in enumerate(names.items())
    ]
    expected = {sid: label for sid, (_, label) in names.items()}
    preferred = {"e": "wished", "d": "taken"}
    for order in (numbers, numbers[::-1]):
        assert labels_for(order, {"taken", "4670098767"}, preferred) == expected


def test_a_number_is_adopted_once_however_it_is_known() -> None:
    """By SID, also in an unfinished operation and another stack; by number under another SID."""
    deployment = state_of(
        in_state("one", "1"),
        in_state("two", "2", outputs={"phonenumber": "+4670098761", "account": "b"}),
        pending_operations=[{"type": "updating", "resource": in_state("three", "3")}],
    )
    managed = Managed(deployment, {"prod": state_of(in_state("four", "4"))}, by_name)
    found = [
        *(number(sid, None, f"+467009876{sid}") for sid in ("1", "3", "4")),
        number("5"),
        number("6", None, "+4670098761"),
    ]
    choice = select(found, None, None, managed, PLACE, include_claimed=False)
    # The number of SID 2 is that of another account.
    assert [one.external_did_sid for one in choice.external_dids] == ["6"]
    *others, under_another_sid = [(one.reason, one.detail) for one in choice.skipped]
    here, there = (SkipReason.HERE, ""), (SkipReason.ELSEWHERE, "prod")
    assert others == [here, here, there]
    assert under_another_sid == (
        SkipReason.REFUSED,
        "the state has it with SID 1, CarrierX with SID 5: run `pulumi refresh`, which follows it",
    )


def test_another_name_of_an_account_is_the_same_account() -> None:
    """The state and the table may have the name from before a rename."""
    accounts = {"old": "token-a", "new": "token-a", "other": "token-b"}
    settings = {"carrierx:accounts": accounts, "carrierx:token": "token-c"}
    identity = Connections(Settings.of(settings.get, {})).identity
    outputs = {"phonenumber": NUMBER, "account": "old"}
    managed = Managed(state_of(in_state("one", "1", outputs=outputs)), {}, identity)
    table = f"kept: {{phonenumber: '{NUMBER}', capabilities: 3, account: old}}\n"
    skipped, labels = {}, {}
    for account in ("old", "new", "other", None):
        found = number("2")
        choice = select([found], None, account, managed, PLACE, include_claimed=False)
        skipped[account] = [one.detail.partition(":")[0] for one in choice.skipped]
        rows, whole = read_table(table, "n.yaml"), Selection((found,), ())
        adoption = plan_adoption(whole, account, rows, set(), PLACE, identity)
        (entry,) = adoption.numbers
        labels[account] = (entry.label, adoption.new_rows, entry.plan.kind)
    refused = ["the state has it with SID 1, CarrierX with SID 2"]
    assert skipped == {"old": refused, "new": refused, "other": [], None: []}
    here, added = ("kept", 0, PlanKind.UNCHANGED), ("46700987654", 1, PlanKind.UNCHANGED)
    assert labels == {"old": here, "new": here, "other": added, None: added}


def test_numbers_of_an_unusual_length_are_adopted() -> None:
    """CarrierX has them, so they are right; a preview has nothing to do, and nothing to warn of."""
    found = [number(digits, phonenumber=f"+{digits}") for digits in M2M]
    adoption = adopted(*found)
    assert adoption.skipped == ()
    assert [one.plan.kind for one in adoption.numbers] == [PlanKind.UNCHANGED] * len(M2M)
    assert [one.inputs["phonenumber"] for one in adoption.numbers] == [f"+{one}" for one in M2M]


def test_what_a_row_does_not_state_when_it_is_adopted_is_left_alone() -> None:
    """Other systems keep their keys; a key that goes from the row later is cleared, as ever."""
    found = number("a", attributes={"team": "care", "theirs": {"x": 1}})
    row = "a: {phonenumber: '+46700987654', capabilities: 3, attributes: {team: care}}\n"
    (entry,) = adopted(found, table=row).numbers
    assert entry.plan.kind is PlanKind.UNCHANGED
    without_team = plan_change(State.parse(entry.outputs, "a"), declared())
    assert [change.name for change in without_team.changes] == ["attributes"]
    (with_theirs,) = adopted(found).numbers
    now = declared(attributes={"team": "care"})
    assert plan_change(State.parse(with_theirs.outputs, "a"), now).kind is PlanKind.UPDATE


def test_what_is_only_read_or_secret_is_not_managed() -> None:
    """A number that a stack only reads may be adopted; but its name in the program is taken."""
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    deployment = state_of(
        in_state("support", "1", external=True),
        in_state("hidden", "2", outputs={"phonenumber": secret, "account": secret}),
    )
    managed = Managed(deployment, {"prod": state_of(in_state("x", "3", external=True))}, by_name)
    found = [number("1", "Support"), number("3", None, "+4670098763")]
    choice = select(found, None, None, managed, PLACE, include_claimed=False)
    assert choice.skipped == ()
    labels = [entry.label for entry in adopted(*choice.external_dids, names=managed.names).numbers]
    assert labels == ["4670098763", "support-46700987654"]
    (_, hidden) = listing(release.select(deployment, None, "trial/dev"))
    assert hidden.split() == ["2", "hidden"]


def test_an_account_in_which_nothing_is_found_is_named() -> None:
    """A filter may be mistaken."""
    assert nothing_found_line(None, None) == "the default account has no numbers"
    assert nothing_found_line("b", 'name like "x%"') == (
        'account b has no numbers that match the filter: name like "x%"'
    )


def test_a_list_names_numbers_and_sids() -> None:
    """One a line, in any spelling; what follows a # says nothing, and nothing is named twice."""
    text = "\ufeff# mine\n+4670\n 4670 # again\n\nsid-1\nsid-1\n"
    assert parse_list(text) == ("+4670", "4670", "sid-1")


def test_a_row_with_the_name_of_another_resource_is_refused() -> None:
    """The state has that name with another number already, which the row would replace."""
    table = "support: {phonenumber: '+46700987654', capabilities: 3}\n"
    adoption = adopted(number("a"), table=table, names={"support"})
    (skipped,) = adoption.skipped
    assert skipped.detail == (
        'its row "support" has the name of another resource in the state: give the row another name'
    )
    assert (adoption.numbers, adoption.new_rows, adoption.table) == ((), 0, table)


@pytest.mark.parametrize(
    ("file", "before", "added"),
    [
        ("n.yaml", "# kept\r\n", YAML_ROW),
        ("N.CSV", "label;phonenumber;capabilities\r\na;4670098760;3\r\n",
         "new;+46700987654;receive_sms\r\n"),
        ("n.csv", "sep=|\nlabel|phonenumber|capabilities|\n", "new|+46700987654|receive_sms\n"),
        ("n.csv", "\ufeffphonenumber, label ,capabilities\r\n4670098760,a,3",
         "\r\n+46700987654,new,receive_sms\r\n"),
        ("n.csv", "",
         "label,phonenumber,capabilities,name,callback_url,string_key_1,string_key_2,attributes,"
         "account\nnew,+46700987654,receive_sms,,,,,,\n"),
        ("n.yaml", "# mine\na: {phonenumber: 4670098760, capabilities: 3} # no line end",
         f"\n{YAML_ROW}"),
        ("n.yml", "",
         "# Our numbers at CarrierX. The key is the number's label in Pulumi: keep it, whatever "
         f"else changes.\n{YAML_ROW}"),
    ],
)  # fmt: skip
def test_a_table_is_only_ever_made_longer(file: str, before: str, added: str) -> None:
    """What a person wrote stays to the character, with its comments and its line ends."""
    assert longer(before, {"new": ROW}, file) == before + added
    assert longer("\ufeff\n", {"new": ROW}, file) == longer("", {"new": ROW}, file)


@pytest.mark.parametrize("empty", ["{}", "--- {}\n"])
def test_an_empty_table_in_yaml_is_as_a_new_one(empty: str) -> None:
    """Nothing can be appended to it."""
    assert longer(empty, {"new": ROW}, "n.yaml") == longer("", {"new": ROW}, "n.yaml")


@pytest.mark.parametrize(("file", "label"), [("n.csv", "x-ray"), ("n.yaml", "46700987654")])
def test_a_recorded_name_is_kept_unless_it_would_be_a_template(file: str, label: str) -> None:
    """CSV has no templates."""
    found = number("a", attributes={KEY: "trial/dev/x-ray"})
    (entry,) = plan_adoption(
        Selection((found,), ()), None, read_table("", file), set(), PLACE, by_name
    ).numbers
    assert entry.label == label


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", '"""=1+1"""'),
        ("1-2", "1-2"),
        ("", '""""""'),
        (" x ", '""" x """'),
        ("a\nb", '"""a\\nb"""'),
        ("{}", '"""{}"""'),
        ("a, b", '"a, b"'),
        ("4.67E+10", '"""4.67E+10"""'),
    ],
)
def test_a_csv_cell_survives_what_people_do_to_it(value: str, cell: str) -> None:
    """What an editor would trim, a spreadsheet reckon, or a reader take for JSON, is JSON."""
    before = "label,phonenumber,capabilities,string_key_1\n"
    text = longer(before, {"new": {**ROW, "string_key_1": value}}, "n.csv")
    assert text == f"{before}new,+46700987654,receive_sms,{cell}\n"


def test_a_row_in_yaml_is_read_back_as_it_was() -> None:
    """Without an exponent, and with quotation marks around a text that YAML would change."""
    row = {**ROW, "attributes": {"small": 1e-7, "half": -0.5, "state": "NO"}}
    text = longer("", {"new": row}, "n.yaml")
    assert text.endswith("attributes:\n    small: 0.0000001\n    half: -0.5\n    state: 'NO'\n")


NOT_LONGER = f"""
n.txt|
    n.txt: is neither .csv nor .yaml: give it one of these endings
n.yaml|  a: {{phonenumber: 4670098760, capabilities: 3}}¶
    n.yaml: cannot append rows: the labels must begin at the left margin, with their fields below,
      in one document (n.yaml:3: is not valid YAML:
n.yaml|config:¶  carrierx:token: x¶
    n.yaml:1: config: phonenumber: is missing: every External DID needs it
    n.yaml:1: config: capabilities: is missing: every External DID needs it
    n.yaml:2: config: carrierx:token: is not an input of an External DID: the inputs are
n.csv|label,phonenumber
    n.csv:1: has no column capabilities, which {NUMBER} needs: add it at the end of the header
n.csv|sep=;¶label;phonenumber¶
    n.csv:2: has no column capabilities, which {NUMBER} needs: add it at the end of the header
"""


@pytest.mark.parametrize(("table", "complaint"), cases_in(NOT_LONGER))
def test_a_table_that_cannot_be_made_longer_is_named(table: str, complaint: list[str]) -> None:
    """With the file and where it goes wrong, a line for each mistake."""
    file, _, text = table.partition("|")
    with pytest.raises(TableError) as caught:
        longer(text, {"new": ROW}, file)
    assert str(caught.value).startswith("\n".join(complaint))
    assert all(str(mistake).isprintable() for mistake in caught.value.mistakes)


def test_the_program_reads_the_table_of_its_stack() -> None:
    """The one table, unless its name has the stack's, as in ``docs/adopt.md``."""
    assert 'table="a/numbers.csv")' in program_for("a/numbers.csv", PLACE)
    assert "import pulumi\n" not in program_for("numbers.csv", PLACE)
    for name in ("n.dev.csv", "n{}.csv", "n{}.dev.csv", 'n".dev.".csv'):
        compile(program_for(name, PLACE), "__main__.py", "exec")


def test_numbers_come_below_the_stack_and_its_provider() -> None:
    """Both are made where they lack, with the stack's configuration; what is there is kept."""
    numbers = adopted(number("a", "Support")).numbers
    configuration = {
        "carrierx:token": ConfigValue("hidden", secret=True),
        "carrierx:baseUrl": ConfigValue("http://localhost", secret=False),
    }
    made = with_numbers(Deployment(), PLACE, numbers, configuration, "id-1", None)
    stack, provider, support = made.as_json()["resources"]
    assert list(provider["inputs"]) == ["carrierx:baseUrl", "carrierx:token"]
    assert provider["inputs"]["carrierx:token"]["plaintext"] == '"hidden"'
    assert support["parent"] == stack["urn"]
    assert support["provider"] == f"{provider['urn']}::id-1"
    old = {**provider, "id": "gone", "delete": True}
    existing = state_of(stack, old, provider)
    kept = with_numbers(existing, PLACE, numbers, {}, "id-2", None).as_json()["resources"]
    assert kept[:3] == [stack, old, provider]
    assert kept[3]["provider"] == f"{provider['urn']}::id-1"


def test_what_is_taken_out_is_named_by_any_of_its_names() -> None:
    """By name, number, SID or URN; what is only read is not there."""
    deployment = state_of(
        in_state("one", "sid-1", "+4670098761"),
        in_state("4670098762", "sid-2", "+4670098763"),
        in_state("three", "sid-3", "+4670098762", protect=True),
        in_state("read", "sid-4", external=True),
        in_state("nested::one", "sid-5", "+4670098765", type="carrierx:index:ExternalDID"),
    )

    def sids(*named: str) -> list[str | None]:
        return [one.id for one in release.select(deployment, named, "trial/dev")]

    assert sids("4670098761", "sid-1", f"{URN}one", "one") == ["sid-1"]
    assert sids("4670098762") == ["sid-2"]
    assert sids("+4670098762", "nested::one") == ["sid-3", "sid-5"]
    everything = release.select(deployment, None, "trial/dev")
    left = release.without(deployment, everything)
    assert [one.id for one in left.resources or ()] == ["sid-4"]


LIVE, LEFT_OVER = in_state("a", "new", "+2"), in_state("a", "old", "+1", delete=True)


def test_what_is_left_over_from_a_replace_is_taken_out_by_its_sid() -> None:
    """The live resource has the same URN: it stays, with all that depends on it."""
    deployment = state_of(LIVE, in_state("b", "2", "+3", dependencies=[f"{URN}a"]), LEFT_OVER)
    selected = release.select(deployment, ("old",), "trial/dev")
    assert [line.split(maxsplit=2) for line in listing(selected)][1:] == [
        ["+1", "old", "a (left over from a replace)"]
    ]
    left = release.without(deployment, selected)
    assert [one.id for one in left.resources or ()] == ["new", "2"]
    assert list(done_lines(selected, "trial/dev", None)) == [
        "1 number taken out of the state of trial/dev.",
        "It stays registered at CarrierX.",
    ]
    everything = release.select(deployment, None, "trial/dev")
    assert release.without(deployment, everything).resources == []


@pytest.mark.parametrize(
    ("resources", "named", "complaint"),
    [
        ([in_state("a", "1"), in_state("b", "2")], NUMBER,
         f"{NUMBER} matches several: {URN}a, {URN}b. Nothing was changed. Name it by its URN"),
        ([in_state("a", "1"), in_state("a", "2", delete=True)], "a",
         "a is in the middle of a replace. Nothing was changed. Run `pulumi up` first"),
        ([LEFT_OVER, in_state("b", "2", "+2", delete=True, dependencies=[f"{URN}a"])], "old",
         "b depends on a. Nothing was changed. Remove the dependency from the program and "
         "run `pulumi up` first"),
        ([LIVE, LEFT_OVER], "+1",
         "+1 is not the name, number or SID of an External DID in the state of trial/dev. Nothing "
         "was changed."),
        *(
            ([in_state("a", "1"), in_state("b", "2", "+1", **depends)], "a",
             "b depends on a. Nothing was changed. Remove the dependency from the program and "
             "run `pulumi up` first")
            for depends in (
                {"propertyDependencies": {"name": [f"{URN}a"], "attributes": None}},
                {"deletedWith": f"{URN}a"},
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_out_is_refused(
    resources: list[dict[str, Any]], named: str, complaint: str
) -> None:
    """Before anything is changed, in one line that says what to do."""
    assert (
        error_of(UsageError, release.select, state_of(*resources), (named,), "trial/dev")
        == complaint
    )


def test_a_release_says_that_the_numbers_stay_registered() -> None:
    """Before, with as many numbers as a person reads; and after, with what is left to do."""
    many = state_of(*(in_state(str(count), str(count)) for count in range(1_025)))
    lines = list(listing(release.select(many, None, "trial/dev")))
    assert (len(lines), lines[-1]) == (22, "… and 1,005 numbers more")
    two = release.select(state_of(LIVE, LEFT_OVER), None, "trial/dev")
    assert list(done_lines(two, "trial/dev", KEY))[2:] == [
        "as long as it declares them, `pulumi up` re-adopts what carries this stack's record "
        '(attributes.managed_by) and fails on the rest ("already registered").',
        "A number with the record is an orphan now: `pulumi-carrierx orphans --disown SID` removes "
        "the record, and `orphans --release SID` would delete the number at CarrierX.",
    ]


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """A link is followed, permissions stay, and what cannot be written leaves what was there."""
    file, link, state = (tmp_path / name for name in ("a.csv", "link.csv", "state.json"))
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, "a\r\nb\n")
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800")
    assert file.read_bytes() == b"a\r\nb\n"
    write_whole(state, "{}", OWNER_ALONE)
    assert state.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [file, link, state]
