"""Tests of one piece at a time, without the engine."""
