"""CarrierX's objects as they come over the wire."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from carrierx_api.calls import checked_sid


def with_plus(phonenumber: object) -> object:
    """E.164 with its ``+``: CarrierX uses either spelling, and both are one number."""
    if isinstance(phonenumber, str) and phonenumber and not phonenumber.startswith("+"):
        return f"+{phonenumber}"
    return phonenumber


class ExternalDID(BaseModel):
    """A registered External DID.

    Source: Core API, Phone Numbers, "External DID Object". Fields that a response leaves out are
    not in ``model_fields_set``; fields that the documentation does not name are in
    ``model_extra``. The system's own fields are optional since responses differ in which they
    carry; only the SID is relied on.
    """

    # The validator is made with the first response, so that a run without calls does without it.
    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    # It goes into paths, and into commands that a person copies.
    external_did_sid: Annotated[str, AfterValidator(checked_sid)]
    phonenumber: Annotated[str, BeforeValidator(with_plus)] = ""
    capabilities: int = 0
    underlying_carrier_sid: str | None = None
    name: str | None = None
    callback_url: str | None = None
    attributes: dict[str, Any] | None = None
    string_key_1: str | None = None
    string_key_2: str | None = None
    active_capabilities: int | None = None
    status: str | None = None
    campaign_sid: str | None = None
    classification_sid: str | None = None
    lrn_sid: str | None = None
    partner_sid: str | None = None
    provider_sid: str | None = None
    country_code: str | None = None
    in_country_format: str | None = None
    international_format: str | None = None
    lata: str | None = None
    locality: str | None = None
    state: str | None = None
    ocn: str | None = None
    ocn_block: str | None = None
    id: int | None = None

    def has_number(self, phonenumber: str | None) -> bool:
        """Whether it is this number's, in either spelling; it may be if one is unknown."""
        if not phonenumber or "phonenumber" not in self.model_fields_set:
            return True
        return self.phonenumber == with_plus(phonenumber)


class ExternalDIDPage(BaseModel):
    """One page of the list of External DIDs.

    Source: Core API, "Pagination". ``total`` counts what the filter matches, not the page.
    """

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    items: list[ExternalDID]
    has_more: bool | None = None
    total: int | None = None

    def has_more_than(self, page_size: int) -> bool:
        """Whether another page follows. If CarrierX does not say so, one follows a full page."""
        return len(self.items) >= page_size if self.has_more is None else self.has_more


@dataclass(slots=True)
class AccountSeen:
    """What the responses have shown of an account so far: evidence of whose account it is."""

    external_did_sids: set[str] = field(default_factory=set)
    """Numbers that the account has, or had until they were released here."""
    partner_sids: set[str] = field(default_factory=set)
    """Of those numbers, as far as the responses carry it."""

    def add(self, external_dids: Iterable[ExternalDID]) -> None:
        """Take numbers as a response shows them."""
        for external_did in external_dids:
            self.external_did_sids.add(external_did.external_did_sid)
            if external_did.partner_sid:
                self.partner_sids.add(external_did.partner_sid)


UPDATABLE_FIELDS = ("attributes", "callback_url", "name", "string_key_1", "string_key_2")
"""What PATCH changes, and nothing else. Source: "Update External DID", body parameters."""
