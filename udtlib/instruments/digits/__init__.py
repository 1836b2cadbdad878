"""The classifier of digits, and what translations between digits score."""
