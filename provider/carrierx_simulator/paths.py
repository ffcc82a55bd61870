"""Where things are: CarrierX's API below ``/core/v2``, the simulator's own paths beside it."""

API = "/core/v2"

CONTROL = "/_simulator"
"""Below this the simulator itself is asked, not CarrierX: no token, no log, no pace."""

COLLECTIONS = (f"{API}/phonenumber/external_dids", f"{API}/phonenumber/external-dids")
"""CarrierX's documentation spells the collection both ways; a server must answer to both."""

RENTED_DIDS = f"{API}/phonenumber/dids"
"""The collection that ``pagination.next`` names in the documented sample."""
