"""Drives the provider through its gRPC interface, as the engine does, without the engine."""
