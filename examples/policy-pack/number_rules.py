"""The rules of policy.yaml as policies; the report's own functions decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_policy import ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from carrierx_cli.report.policy import surely_lacks, violations_of_inputs
from carrierx_provider.core.resource import UNKNOWN
from pulumi_carrierx.external_did import RESOURCE_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_policy import ReportViolation, ResourceValidationArgs

    from carrierx_cli.report.policy import Policy

DESCRIPTIONS = {
    "release_needs_label": "A number without the release label is protected",
    "callback_url_hosts": "A callback URL has a host that is allowed",
    "required": "The program declares what is required for every number",
}
"""The rules, by the name that they have in policy.yaml."""

OWN_TEXTS = {"callback_url_hosts": "the host of its callback_url is not one of policy.yaml"}
"""Instead of the report's text, which names the host: a pack gets secrets as plain text."""


def policies_of(policy: Policy) -> list[ResourceValidationPolicy]:
    """A Pulumi policy for each rule that the file has."""
    checks: dict[str, Callable[[ResourceValidationArgs], list[str]]] = {
        "release_needs_label": lambda args: _unprotected(policy, args),
        "callback_url_hosts": lambda args: _broken(policy, "callback_url_hosts", args),
        "required": lambda args: _broken(policy, "required", args),
    }
    return [
        ResourceValidationPolicy(rule.replace("_", "-"), DESCRIPTIONS[rule], _each_number(check))
        for rule, check in checks.items()
        if getattr(policy, rule) is not None
    ]


def _each_number(
    check: Callable[[ResourceValidationArgs], list[str]],
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if args.resource_type == RESOURCE_TYPE:
            for text in check(args):
                report_violation(text, None)

    return validate


def _broken(policy: Policy, rule: str, args: ResourceValidationArgs) -> list[str]:
    # For what a preview does not know, the engine asks again in `up`, before anything is sent.
    accepting = policy.model_copy(update={"not_told": "accept"})
    found = violations_of_inputs(accepting, args.name, _known(args.props))
    return [OWN_TEXTS.get(rule, one.text) for one in found if one.rule == rule]


def _unprotected(policy: Policy, args: ResourceValidationArgs) -> list[str]:
    """A pack is not asked about deletions; the engine itself refuses to delete protected ones."""
    label = policy.release_needs_label
    if label is None or args.opts.protect or not surely_lacks(label, _known(args.props)):
        return []
    return [f"set protect=True; or, to release it, the label attributes.{label.attribute}"]


def _known(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The inputs as they came, with ``UNKNOWN`` where reading one raises an error."""
    if hasattr(value, "keys"):
        return {key: _known_at(value, key) for key in value}
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    return [_known_at(value, index) for index in range(len(value))]


def _known_at(value: Mapping[Any, Any] | Any, key: Any) -> Any:  # noqa: ANN401 -- any JSON
    try:
        return _known(value[key])
    except UnknownValueError:
        return UNKNOWN
