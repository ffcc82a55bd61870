"""Sets up a checkout: virtual environment, uv, Go, engine. Imports the standard library only."""
