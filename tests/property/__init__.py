"""Tests with random values."""
