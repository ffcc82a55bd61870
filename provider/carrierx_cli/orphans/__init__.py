"""``pulumi-carrierx orphans``: numbers with a stack's ownership record that no resource has."""
