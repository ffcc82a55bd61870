"""Policies: what a team forbids, and how a mistake in its file is told."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx_cli.report.model import contents_of
from carrierx_cli.report.policy import violations_of
from carrierx_cli.report.policy_file import PolicyError, read_policy
from carrierx_cli.report.verdict import verdict_on
from carrierx_provider.pulumi_files.preview import read_preview
from tests.unit.previews import NUMBER, STATED, UNKNOWN, preview, step

LABEL = "release_needs_label: {attribute: release, value: approved}\n"
HOSTS = 'callback_url_hosts: [sms.example.com, "*.example.net", "[::1]"]\n'
OWNER = "required: [attributes.owner, name]\n"
SECRET = "[secret]"
NEEDED = "it may be released only with the label attributes.release"


def broken(policy: str, *steps: dict[str, Any]) -> list[tuple[str, str]]:
    """The rules that these steps break, with the text."""
    told = contents_of(read_preview(preview(*steps)))
    found = violations_of(read_policy(policy, "policy.yaml"), told.numbers)
    assert all(one.number == NUMBER for one in found)
    return [(one.rule, one.text) for one in found]


def with_(**inputs: Any) -> dict[str, Any]:
    return {**STATED, **inputs}


def replaced(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    after = {**after, "capabilities": 1}
    return step("replace", "a", before, after, replaceReasons=["capabilities"])


@pytest.mark.parametrize(
    ("one_step", "text"),
    [
        (step("delete", "a", with_(attributes={"release": "approved"})), None),
        (
            step("delete", "a", with_(attributes={"release": "maybe"})),
            f"{NEEDED}: set it in one change, and take the number out in the next",
        ),
        (
            step("delete", "a", STATED),
            f"{NEEDED}: set it in one change, and take the number out in the next",
        ),
        (step("delete", "a", STATED, old={"retainOnDelete": True}), None),
        (step("update", "a", STATED, with_(name="x")), None),
        (replaced(STATED, with_(attributes={"release": "approved"})), None),
        (replaced(STATED, STATED), f"{NEEDED}: state it along with the change"),
        (
            step("delete", "a", with_(attributes={"release": SECRET})),
            "attributes.release is secret, so that it cannot be checked (not_told: accept lets it "
            "pass)",
        ),
        (
            replaced(STATED, with_(attributes=UNKNOWN)),
            "attributes.release is known only after up, so that it cannot be checked (not_told: "
            "accept lets it pass)",
        ),
    ],
)
def test_a_number_is_released_only_with_its_label(
    one_step: dict[str, Any], text: str | None
) -> None:
    """The label stands on the number; a replace may state it along with the change."""
    found = broken(LABEL, one_step)
    assert found == ([] if text is None else [("release_needs_label", text)])
    accepted = broken(f"{LABEL}not_told: accept\n", one_step)
    assert accepted == ([] if text is None or "cannot be checked" in text else found)


def test_a_label_is_true_by_default_and_may_be_nested() -> None:
    """``true`` is no text; dots lead into nested attributes."""
    policy = "release_needs_label: {attribute: lifecycle.release}\n"
    assert (
        broken(policy, step("delete", "a", with_(attributes={"lifecycle": {"release": True}})))
        == []
    )
    for wrong in ("true", 1, {"a": 1}):
        attributes = {"lifecycle": {"release": wrong}}
        assert len(broken(policy, step("delete", "a", with_(attributes=attributes)))) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://sms.example.com/a", None),
        ("http://SMS.Example.com.:8080/a", None),
        ("https://a.b.example.net", None),
        ("http://[::1]/", None),
        (None, None),
        ("https://example.net/", "example.net"),
        ("https://evilexample.net/", "evilexample.net"),
        ("https://sms.example.com@evil.example/", "evil.example"),
        ("https://evil.example/sms.example.com", "evil.example"),
    ],
)
def test_a_callback_url_has_an_allowed_host(url: str | None, told: str | None) -> None:
    """The host alone decides, as every reader of a URL sees it; unchanged numbers count too."""
    stated = with_(callback_url=url) if url else STATED
    text = f"callback_url has the host {told}; allowed: sms.example.com, *.example.net, [::1]"
    wanted = [("callback_url_hosts", text)] if told else []
    assert broken(HOSTS, step("create", "a", None, stated)) == wanted
    assert broken(HOSTS, step("same", "a", stated, stated)) == wanted
    assert broken(HOSTS, step("delete", "a", stated)) == []
    assert broken(HOSTS, step("read", "a", stated, {})) == []


def test_a_callback_url_that_is_not_told_is_refused_unless_accepted() -> None:
    """A check that is silently left out would be worse than none."""
    secret = step("update", "a", STATED, with_(callback_url=SECRET))
    assert broken(HOSTS, secret) == [
        (
            "callback_url_hosts",
            "callback_url is secret, so that it cannot be checked (not_told: accept lets it pass)",
        )
    ]
    assert broken(f"{HOSTS}not_told: accept\n", secret) == []


def test_what_is_required_is_stated_by_the_program() -> None:
    """An empty value states nothing; a secret one does; what others keep there does not count."""
    stated = with_(name="x", attributes={"owner": "care"})
    assert broken(OWNER, step("create", "a", None, stated)) == []
    assert (
        broken(
            OWNER, step("update", "a", STATED, with_(name=SECRET, attributes={"owner": UNKNOWN}))
        )
        == []
    )
    owner = ("required", "attributes.owner is required: state it in the program")
    name = ("required", "name is required: state it in the program")
    assert broken(OWNER, step("same", "a", stated, with_(attributes={"owner": ""}))) == [
        owner,
        name,
    ]
    assert broken(OWNER, step("create", "a", None, with_(name="x", attributes=SECRET))) == [
        (
            "required",
            "attributes is secret, so that it cannot be checked (not_told: accept lets it pass)",
        )
    ]


def test_a_violation_comes_before_everything_else() -> None:
    """It is the gravest risk of a preview that came to its end."""
    told = contents_of(read_preview(preview(step("delete", "a", STATED))))
    found = violations_of(read_policy(LABEL, "policy.yaml"), told.numbers)
    assert verdict_on(told, found).line == (
        "Against the policy: 1 violation; 1 number will be released"
    )


RULES = "release_needs_label, callback_url_hosts, required, not_told"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [f"policy.yaml:1: a policy has its rules by name: {RULES}"]),
        ("- required\n", [f"policy.yaml:1: a policy has its rules by name: {RULES}"]),
        ("required: [name\nnot_told: refuse\n", ["policy.yaml:2: no YAML: did not find expected"]),
        ("required:\n- name\nrequired: []\n", ["policy.yaml:3: required is stated twice"]),
        (
            "\nrequire: [name]\n",
            [f"policy.yaml:2: require is no rule: there are {RULES}"],
        ),
        (
            "required:\n  - name\n  - owner\n",
            [
                "policy.yaml:3: required.1 is no field that can be required: write one of name, "
                "callback_url, string_key_1, string_key_2, or a key of the attributes such as "
                "attributes.owner"
            ],
        ),
        (
            "callback_url_hosts:\n  - https://sms.example.com/\n",
            [
                "policy.yaml:2: callback_url_hosts.0 is no host: write sms.example.com, or "
                "*.example.com for all below it"
            ],
        ),
        ("release_needs_label: {}\n", ["policy.yaml:1: release_needs_label.attribute is missing"]),
        (
            "release_needs_label:\n  attribute: a b\n  label: x\n",
            [
                "policy.yaml:2: release_needs_label.attribute is no key of the attributes: write a "
                "key such as release",
                "policy.yaml:3: release_needs_label.label is no rule: there are attribute, value",
            ],
        ),
        (
            "release_needs_label:\n  attribute: a\n  value: [1]\n",
            [
                "policy.yaml:3: release_needs_label.value must be a text, a number, true or false"
            ],
        ),
        (
            "not_told: perhaps\n",
            ["policy.yaml:1: not_told input should be 'refuse' or 'accept'"],
        ),
        ("required: name\n", ["policy.yaml:1: required input should be a valid list"]),
    ],
)  # fmt: skip
def test_each_mistake_in_a_policy_has_its_line(text: str, lines: list[str]) -> None:
    """With the file's name, so that an editor finds it."""
    with pytest.raises(PolicyError) as caught:
        read_policy(text, "policy.yaml")
    found = list(caught.value.lines)
    assert len(found) == len(lines)
    for line, wanted in zip(found, lines, strict=True):
        assert line == wanted or ("no YAML" in wanted and line.startswith("policy.yaml:2: no YAML"))
