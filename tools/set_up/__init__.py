"""What setting up the Python environment and building the engine have in common."""
