"""CarrierX Core API v2 over HTTP: calls, models, errors, client. No Pulumi.

Import from the modules: ``carrierx_api.client`` needs httpx and pydantic, the others load fast.
"""
