"""Where things are: CarrierX's API below ``/core/v2``, the simulator's own paths beside it."""

API = "/core/v2"

CONTROL = "/_simulator"
"""The simulator's own paths begin with this: no token, no log, no rate limit."""

COLLECTIONS = (f"{API}/phonenumber/external_dids", f"{API}/phonenumber/external-dids")
"""CarrierX's documentation spells the collection both ways; a server must serve both."""
