"""What ``pulumi-carrierx doctor`` finds: pure, from what was observed."""
