"""Trained translators that ship with the package; :mod:`udtlib.experiments.shipped` loads them."""
