"""``pulumi-carrierx release``: take numbers out of a state."""
