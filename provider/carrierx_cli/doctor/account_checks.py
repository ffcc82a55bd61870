"""The checks of one account, on how it answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from carrierx_api import calls
from carrierx_api.errors import (
    AuthenticationError,
    CarrierXError,
    ForbiddenError,
    RateLimitError,
    RefusedError,
    TimedOutError,
    UnexpectedResponseError,
    UnreachableError,
)
from carrierx_api.models import AccountSeen
from carrierx_cli.doctor.checks import Check, failed, ok, warning
from carrierx_provider.core.settings import Access
from carrierx_provider.core.text import one_or_more, plural, shorten
from carrierx_provider.external_did.gone import Evidence, StackAccount

CLOCK_TOLERANCE = timedelta(seconds=60)
"""A Date header has whole seconds, and a clock that is set by the network is right to a second.
Beyond this something is wrong: a Retry-After that is a date would be misread, and in the end
certificates be refused."""

API_PATH = "/core/v2"

READ_SCOPES = " or ".join(calls.LIST.scopes)

OTHER_SCOPES = (
    "phonenumber.create, .update and .delete cannot be tested without a write: an `up` names the "
    "one that it lacks"
)


@dataclass(slots=True)
class AccountInfo:
    """How an account answered, as far as it was asked. Times are of the local clock."""

    name: str | None
    """None is the default account."""
    access: Access
    stack: StackAccount = field(default_factory=StackAccount)
    """What the stack's state has of the account."""
    addresses: int | None = None
    """Of the host; None where a proxy resolves it."""
    proxy: str | None = None
    """The variable that names the proxy; None without a proxy."""
    error: CarrierXError | OSError | None = None
    """What a read ended with; None if all were answered as they should be. An OSError says why the
    host has no address, so that nothing was sent."""
    seconds: list[float] = field(default_factory=list)
    """How long each read took; the first with the connection's set-up."""
    sent: datetime | None = None
    received: datetime | None = None
    """Of the first read."""
    date: str | None = None
    """Its answer's Date header."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """Its answer's headers about the rate of calls."""
    seen: AccountSeen = field(default_factory=AccountSeen)
    """The numbers in its answers."""

    @property
    def answered(self) -> bool:
        """Whether CarrierX itself has answered."""
        return self.error is None or isinstance(self.error, RefusedError)

    @property
    def lacks_scope(self) -> bool:
        """Whether CarrierX itself has refused the read; a firewall's page has no error of its."""
        error = self.error
        return isinstance(error, ForbiddenError) and bool(error.message or error.field_errors)


def check_account(info: AccountInfo, requests_per_second: float | None) -> Iterator[Check]:
    """Connection, token, scopes, whose account it is, rate of calls, clock."""
    checks = [_connection(info), _token(info), _scopes(info)]
    if info.stack.external_did_sids:
        checks.append(_owner(info))
    for check in (*checks, _rate(info, requests_per_second), _clock(info)):
        yield replace(check, account=info.name)


def _connection(info: AccountInfo) -> Check:
    url, error = info.access.base_url, info.error
    network, through = "Check the network and carrierx:baseUrl.", ""
    if info.proxy is not None:
        network = f"Check {info.proxy}, or name the host in NO_PROXY."
        through = f" through the proxy in {info.proxy}"
    api = "Check that it is CarrierX's core API"
    if not url.rstrip("/").endswith(API_PATH):
        api += f", which ends in {API_PATH}"
    match error:
        case OSError():
            what = f"the host of {url} has no address: {error.strerror or error}"
            return failed("connection", what, network)
        case TimedOutError():
            what, todo = f"did not answer within {error.seconds:g} s{through}", network
        case UnreachableError():
            what = f"could not be reached: {error.message.rstrip('.')}"
            elsewhere = "carrierx:baseUrl" if info.proxy is None else "name the host in NO_PROXY"
            fix_that = f"Fix that or {elsewhere}, then run this again."
            todo = network if error.transient else fix_that
        case UnexpectedResponseError():
            what, todo = f"answered ({error.status}) with {error.message}", f"{api}."
        case ForbiddenError() if not info.lacks_scope:
            what = f"refused a read ({error.status}) without an error of CarrierX's"
            todo = f"{api}, and that no firewall answers in its place."
        case None | AuthenticationError() | ForbiddenError() | RateLimitError():
            count = info.addresses
            addresses = "1 address" if count == 1 else f"{count} addresses"
            way = addresses if info.proxy is None else through.strip()
            times = ", then in ".join(f"{seconds * 1000:.0f}ms" for seconds in info.seconds)
            return ok("connection", f"{url} ({way}) answers in {times}")
        case RefusedError():
            said = f": {shorten(error.message)}" if error.message else ""
            what = f"refused a read ({error.status}){said}"
            todo = f"{api}, or try again later."
        case _:
            what, todo = f"broke the connection{through}: {error.message.rstrip('.')}", network
    return failed("connection", f"{url} {what}", todo)


def _token(info: AccountInfo) -> Check:
    source = info.access.token_source
    if isinstance(info.error, AuthenticationError):
        return failed(
            "token",
            f"CarrierX does not accept the token in {source} (401)",
            "Set one that is valid.",
        )
    if info.error is None or info.lacks_scope:
        return ok("token", f"CarrierX accepts the token in {source}")
    return warning("token", _not_checked(info))


def _scopes(info: AccountInfo) -> Check:
    source = info.access.token_source
    if info.lacks_scope:
        return failed(
            "scopes",
            f"the token in {source} lacks the scope {READ_SCOPES} (403)",
            f"Use one that has it. {OTHER_SCOPES[0].upper()}{OTHER_SCOPES[1:]}.",
        )
    if info.error is None:
        return ok("scopes", f"reads are allowed ({READ_SCOPES}); {OTHER_SCOPES}")
    return warning("scopes", _not_checked(info))


def _owner(info: AccountInfo) -> Check:
    if info.error is not None:
        return warning("account", _not_checked(info))
    numbers = f"the stack's {plural(len(info.stack.external_did_sids), 'number')}"
    todo = f"Check carrierx:baseUrl and the token in {info.access.token_source}."
    match info.stack.evidence_in(info.seen):
        case Evidence.SAME:
            return ok("account", f"is that of {numbers}")
        case Evidence.ANOTHER:
            theirs, ours = one_or_more(info.seen.partner_sids), one_or_more(info.stack.partner_sids)
            what = f"shows numbers of partner {theirs}, and {numbers} belong to partner {ours}"
            return failed("account", what, todo)
    return warning(
        "account",
        f"shows none of {numbers} on its first page, and no number of the same partner",
        f"{todo} If all were released, run `CARRIERX_CONFIRM_GONE=true pulumi refresh`.",
    )


def _rate(info: AccountInfo, requests_per_second: float | None) -> Check:
    check = "rate limit"
    if isinstance(info.error, RateLimitError):
        wait = info.error.retry_after
        return warning(
            check,
            "CarrierX answers that there are too many calls for this token (429"
            + (f", Retry-After {shorten(wait)})" if wait else ")"),
            "Run this again later. carrierx:requestsPerSecond limits the calls of one stack.",
        )
    own = (
        "no carrierx:requestsPerSecond, so calls slow down after the first 429"
        if requests_per_second is None
        else f"at most {requests_per_second:g} calls a second (carrierx:requestsPerSecond)"
    )
    if not info.answered:
        return warning(check, f"{own}; CarrierX did not answer")
    limits = ", ".join(f"{shorten(name)}: {shorten(value)}" for name, value in info.limits.items())
    limit = f"says {limits}" if limits else "names no limit"
    return ok(check, f"{own}; CarrierX's response {limit}")


def _clock(info: AccountInfo) -> Check:
    if not info.answered or info.sent is None or info.received is None:
        return warning("clock", _not_checked(info))
    try:
        theirs = parsedate_to_datetime(info.date or "")
    except ValueError:
        return warning("clock", "not checked: the response has no Date")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    ahead = info.sent - theirs
    behind = theirs - info.received
    off = max(ahead, behind)
    if off <= CLOCK_TOLERANCE:
        return ok("clock", "agrees with CarrierX's")
    return failed(
        "clock",
        f"this machine's clock is {_duration(off)} {'ahead of' if off == ahead else 'behind'} "
        "CarrierX's",
        "Set it, ideally by NTP: a Retry-After would be misread, and certificates refused.",
    )


def _not_checked(info: AccountInfo) -> str:
    if isinstance(info.error, AuthenticationError):
        return "not checked, since the token is not accepted"
    if isinstance(info.error, RefusedError):
        return f"not checked, since CarrierX refused the read ({info.error.status})"
    return "not checked, since CarrierX did not answer"


def _duration(off: timedelta) -> str:
    seconds = round(off.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s"
