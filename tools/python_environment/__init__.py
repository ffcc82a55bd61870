"""Makes the checkout's virtual environment from its lock, with uv."""
