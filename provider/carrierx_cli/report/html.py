"""The report as one HTML page that needs nothing but itself: no script, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from carrierx_cli.report.sections import sections_of
from carrierx_provider.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_cli.report.model import Report
    from carrierx_cli.report.policy import Violation
    from carrierx_cli.report.verdict import Verdict


def as_html(report: Report, verdict: Verdict, violations: Sequence[Violation]) -> str:
    """The whole page, with every number: a page has no limit."""
    environment = Environment(
        loader=PackageLoader("carrierx_cli.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        project=printable(report.project),
        stack=printable(report.stack),
        verdict=verdict,
        sections=sections_of(report, violations),
    )
