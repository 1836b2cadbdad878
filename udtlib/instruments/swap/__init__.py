"""The reader of digits on two sides, and what translations between them score."""
