"""Sets up a checkout: its virtual environment, uv, Go, and the Pulumi engine.

Runs before any package is installed, so it imports the standard library only.
"""
