"""CarrierX External DIDs in a Pulumi program.

    import pulumi_carrierx as carrierx

    carrierx.ExternalDID("support", phonenumber="+46700987654", capabilities=["receive_sms"])
"""

from carrierx_api.capabilities import Capability
from pulumi_carrierx.external_did import ExternalDID

__all__ = ["Capability", "ExternalDID"]
