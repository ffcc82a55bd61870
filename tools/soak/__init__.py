"""Long runs against the promise "nothing lost, nothing twice": kills and random faults, seeded."""
