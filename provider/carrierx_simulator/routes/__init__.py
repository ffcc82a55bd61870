"""The paths that the simulator answers, and the application that they make."""
