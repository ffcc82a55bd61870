"""The console commands that work on a Pulumi stack."""
