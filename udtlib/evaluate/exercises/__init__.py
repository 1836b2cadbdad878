"""Exercises that are checked where they stand: the check, the kinds of exercises, and a file of keys a chapter."""

from udtlib.evaluate.exercises.answers import answer
from udtlib.evaluate.exercises.kinds import Exercise, Function, Letters, Value

__all__ = ["Exercise", "Function", "Letters", "Value", "answer"]
