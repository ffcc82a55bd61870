"""Policies: what a team forbids, and how a mistake in the policy's file is reported."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx_cli.console import UsageError
from carrierx_cli.report.analyze import analyze
from carrierx_cli.report.policy import read_policy, violations_of
from carrierx_provider.pulumi_files.preview import read_preview
from tests.unit.outlines import cases_in
from tests.unit.previews import BASE, NUMBER, UNKNOWN, number, preview, step

LABEL = "release_needs_label: {attribute: release, value: approved}\n"
HOSTS = 'callback_url_hosts: [sms.example.com, "*.example.net", "[::1]"]\n'
OWNER = "required: [attributes.owner, name]\n"
ACCEPT = "not_told: accept\n"
SECRET = "[secret]"
NEEDED = "may be released only with the label attributes.release"
NEEDED_BEFORE = f"{NEEDED}: set it in one change and remove the number in the next"
UNCHECKED = "so it cannot be checked (not_told: accept allows it)"


def broken(policy: str, *steps: dict[str, Any]) -> list[tuple[str, str]]:
    """The rules that these steps break, with the text."""
    report = analyze(read_preview(preview(*steps)))
    found = violations_of(read_policy(policy, "policy.yaml"), report.rows)
    assert all(one.number == NUMBER for one in found)
    return [(one.rule, one.text) for one in found]


def replaced(after: dict[str, Any]) -> dict[str, Any]:
    after = {**after, "capabilities": 1}
    return step("replace", "a", BASE, after, replaceReasons=["capabilities"])


@pytest.mark.parametrize(
    ("one_step", "text"),
    [
        (step("delete", "a", number(attributes={"release": "approved"})), None),
        (step("delete", "a", number(attributes={"release": "maybe"})), NEEDED_BEFORE),
        (step("delete", "a", BASE), NEEDED_BEFORE),
        (step("delete", "a", BASE, old={"retainOnDelete": True}), None),
        (replaced(number(attributes={"release": "approved"})), None),
        (replaced(BASE), f"{NEEDED}: declare it in the same change"),
        (step("delete", "a", number(attributes={"release": SECRET})),
         f"attributes.release is secret, {UNCHECKED}"),
        (replaced(number(attributes=UNKNOWN)),
         f"attributes.release is known only after up, {UNCHECKED}"),
    ],
)  # fmt: skip
def test_a_number_is_released_only_with_its_label(
    one_step: dict[str, Any], text: str | None
) -> None:
    """The number has the label already; a replace may declare it in the same change."""
    found = broken(LABEL, one_step)
    assert found == ([] if text is None else [("release_needs_label", text)])
    accepted = broken(LABEL + ACCEPT, one_step)
    assert accepted == ([] if text is None or UNCHECKED in text else found)


@pytest.mark.parametrize(("value", "count"), [(True, 0), ("true", 1), (1, 1), ({"a": 1}, 1)])
def test_a_label_is_true_by_default_and_may_be_nested(value: object, count: int) -> None:
    """``true`` is not a string; dots lead into nested attributes."""
    policy = "release_needs_label: {attribute: lifecycle.release}\n"
    labelled = number(attributes={"lifecycle": {"release": value}})
    assert len(broken(policy, step("delete", "a", labelled))) == count


@pytest.mark.parametrize(
    ("url", "forbidden"),
    [
        ("https://sms.example.com/a", None),
        ("http://SMS.Example.com.:8080/a", None),
        ("https://a.b.example.net", None),
        ("http://[::1]/", None),
        (None, None),
        ("https://example.net/", "example.net"),
        ("https://evilexample.net/", "evilexample.net"),
        ("https://sms.example.com@evil.example/", "evil.example"),
    ],
)
def test_a_callback_url_has_an_allowed_host(url: str | None, forbidden: str | None) -> None:
    """Only the host decides, as every reader of a URL sees it; unchanged numbers count too."""
    declared = number(callback_url=url) if url else BASE
    text = f"callback_url has the host {forbidden}; allowed: sms.example.com, *.example.net, [::1]"
    wanted = [("callback_url_hosts", text)] if forbidden else []
    assert broken(HOSTS, step("create", "a", None, declared)) == wanted
    assert broken(HOSTS, step("same", "a", declared, declared)) == wanted
    assert broken(HOSTS, step("delete", "a", declared)) == []
    assert broken(HOSTS, step("read", "a", declared, {})) == []


def test_a_hidden_callback_url_is_refused_unless_accepted() -> None:
    """A check that is silently left out would be worse than none."""
    secret = step("update", "a", BASE, number(callback_url=SECRET))
    assert broken(HOSTS, secret) == [("callback_url_hosts", f"callback_url is secret, {UNCHECKED}")]
    assert broken(HOSTS + ACCEPT, secret) == []


REQUIRED = "is required: declare it in the program"


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [
        (number(name="x", attributes={"owner": "care"}), []),
        (number(name=SECRET, attributes={"owner": UNKNOWN}), []),
        (number(attributes={"owner": ""}), [f"attributes.owner {REQUIRED}", f"name {REQUIRED}"]),
        (number(name="x", attributes=SECRET), [f"attributes is secret, {UNCHECKED}"]),
    ],
)
def test_what_is_required_is_declared_by_the_program(
    inputs: dict[str, Any], texts: list[str]
) -> None:
    """Not by an empty value, but by a secret one; what others keep there does not count."""
    theirs = number(name="x", attributes={"owner": "care"})
    found = [("required", text) for text in texts]
    assert broken(OWNER, step("create", "a", None, inputs)) == found
    assert broken(OWNER, step("update", "a", theirs, inputs)) == found


RULES = "release_needs_label, callback_url_hosts, required, not_told"
MISTAKES = f"""
¶
    1: a policy is a mapping with these rules: {RULES}
required: [name¶not_told: refuse¶
    2: invalid YAML: expected ',' or ']', but got ':'
required:¶- name¶required: [owner]¶
    3: required appears twice
on: x¶
    1: 1 keys should be strings
<<: {{requird: [name]}}¶
    1: requird is not a rule: the rules are {RULES}
¶require: [name]¶
    2: require is not a rule: the rules are {RULES}
required:¶  - name¶  - owner¶
    3: required.1 cannot be required: write one of name, callback_url, string_key_1, string_key_2,
      or an attribute such as attributes.owner
callback_url_hosts:¶  - https://sms.example.com/¶
    2: callback_url_hosts.0 is not a host: write sms.example.com, or *.example.com for subdomains
release_needs_label: {{}}¶
    1: release_needs_label.attribute is missing
release_needs_label:¶  attribute: a b¶  label: x¶
    2: release_needs_label.attribute is not an attribute: write a key such as release
    3: release_needs_label.label is not a rule: the rules are attribute, value
release_needs_label:¶  attribute: a¶  value: [1]¶
    3: release_needs_label.value must be a string, a number, true or false
not_told: perhaps¶
    1: not_told input should be 'refuse' or 'accept'
"""


@pytest.mark.parametrize(("text", "lines"), cases_in(MISTAKES))
def test_each_mistake_in_a_policy_has_its_line(text: str, lines: list[str]) -> None:
    """With the file's name, so that an editor finds it."""
    with pytest.raises(UsageError) as caught:
        read_policy(text, "policy.yaml")
    assert str(caught.value).splitlines() == [f"policy.yaml:{line}" for line in lines]
