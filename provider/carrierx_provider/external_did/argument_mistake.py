"""What is wrong with one argument of a look-up, by the same rules as the inputs of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic_core import PydanticCustomError

from carrierx_api.calls import InvalidSIDError, checked_sid
from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import mistakes_of, one
from carrierx_provider.external_did import schema as field_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_IN_A_URL = 8000
"""Bytes of one argument. Servers commonly refuse URLs beyond 8 KiB, and httpx those beyond 64."""


def _text_in_a_url(value: object) -> None:
    if len(quote(field_rules.filled_text(value))) > LONGEST_IN_A_URL:
        raise one(f"is too long: at most {LONGEST_IN_A_URL:,} bytes fit into a URL")


_RULES: Mapping[str, Callable[[Any], object]] = {
    "sid": checked_sid,
    "phonenumber": field_rules.phonenumber,
    "account": field_rules.account,
    "filter": _text_in_a_url,
    "order": _text_in_a_url,
}


def argument_mistake(name: str, value: object) -> str | None:
    """The reason why this argument cannot be sent, in one line; None if it can."""
    try:
        _RULES[name](value)
    except InvalidSIDError as error:
        return str(error)
    except PydanticCustomError as error:
        return printable(mistakes_of(error)[0].reason)
    return None
