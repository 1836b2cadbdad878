"""Unsupervised domain translation: the library behind the course-book.

A *translator* is a map from one domain to another; an *objective* is the inductive bias that picks one map
out of the many that fit; a *domain pair* says where samples come from and, when we are lucky, what the true
map is. Everything in this package is one of the three, or a brick for them.
"""

__version__ = "0.1.0"
