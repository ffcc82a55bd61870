"""``docs/reference.md``, made from what the code says of itself."""
