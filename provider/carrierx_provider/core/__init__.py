"""What every resource needs. Knows no resource and no Pulumi."""
