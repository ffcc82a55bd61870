"""The simulator, held to CarrierX's documentation over real HTTP."""
