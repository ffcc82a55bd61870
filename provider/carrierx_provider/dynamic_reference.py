"""How a resource's state refers to the dynamic provider: a pickle by reference, as a constant.

``pulumi.dynamic.Resource`` pickles its provider for every resource, which costs time, ties the
state to the pickling library's version, and in SDK 3.272 ends in a RecursionError after some
hundreds of resources. Our provider is a class without state under a path that never changes, so
its pickle is a constant: it means "carrierx_provider.dynamic.ExternalDIDProvider()".
"""

EXTERNAL_DID_PROVIDER = (
    "gASVOAAAAAAAAACMGWNhcnJpZXJ4X3Byb3ZpZGVyLmR5bmFtaWOUjBNFeHRlcm5hbERJRFByb3ZpZGVylJOUKYGULg=="
)
