"""Measuring and stating: metrics, reports with three questions kept apart, claims, and checked exercises."""

from udtlib.evaluate.claims import ClaimError, check
from udtlib.evaluate.exercises import answer
from udtlib.evaluate.report import Provenance, Report, ReportRow

__all__ = ["ClaimError", "Provenance", "Report", "ReportRow", "answer", "check"]
