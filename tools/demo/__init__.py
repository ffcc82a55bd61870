"""The demo: examples/quickstart on the real engine, against the simulator, in seven steps."""
