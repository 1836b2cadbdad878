"""The classifier of the hands that draw emoji, and what translations between hands score."""
