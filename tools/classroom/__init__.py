"""Assignments: generating the student version, grading submissions within limits, and proving the tests."""
