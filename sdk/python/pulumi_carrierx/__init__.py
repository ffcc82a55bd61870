"""CarrierX External DIDs in a Pulumi program.

>>> import pulumi_carrierx as carrierx
>>> carrierx.ExternalDID("support", phonenumber="+46700987654", capabilities=["receive_sms"])
"""

from carrierx_api.capabilities import Capability
from carrierx_provider.number_table.table import NumberRow, TableError
from pulumi_carrierx.external_did import Capabilities, ExternalDID
from pulumi_carrierx.look_ups import get_external_did, get_external_did_output, list_external_dids
from pulumi_carrierx.number_pool import NumberPool, NumberTable, read_number_table

__all__ = [
    "Capabilities",
    "Capability",
    "ExternalDID",
    "NumberPool",
    "NumberRow",
    "NumberTable",
    "TableError",
    "get_external_did",
    "get_external_did_output",
    "list_external_dids",
    "read_number_table",
]
