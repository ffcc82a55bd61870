"""Measures what the project promises, on the real engine, and writes docs/performance.md."""
