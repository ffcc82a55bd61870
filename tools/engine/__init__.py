"""Finds a Pulumi engine, or builds one from its Go modules where none is installed."""
