"""The lifecycle, without an engine, over real HTTP against a simulator that fails on purpose."""
