"""Every kind of input, as users of 0.1.0 wrote them. Do not change: its state is committed."""

import pulumi

import pulumi_carrierx as carrierx

plain = carrierx.ExternalDID("plain", phonenumber="+46700987654", capabilities=3)
carrierx.ExternalDID(
    "full",
    phonenumber="46700987655",
    capabilities=["receive_mms", "send_mms"],
    underlying_carrier_sid="7d0bf9a8-8c1d-4a3a-9d0c-6d2a6a3f1b11",
    name="support",
    callback_url=pulumi.Output.secret("https://example.com/sms?key=golden"),
    attributes={
        "owner": "support",
        "routing": {"queue": 7, "hours": [9, 17.5], "empty": {}},
        "a.b/c": True,
        "copied": plain.phonenumber,
    },
    string_key_1="K1",
    string_key_2="",
    adopt_existing=True,
)
