"""The life of CarrierX resources, and the fronts that Pulumi's engine talks to."""
