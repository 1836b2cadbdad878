"""Experiments: tables as data, found by name and carried out by one engine.

A module of this package declares :class:`~udtlib.experiments.declare.Experiment` objects at its top level, with
a name, a title and a source that are literal strings; ``udt reproduce --list`` reads them without any import.
"""
