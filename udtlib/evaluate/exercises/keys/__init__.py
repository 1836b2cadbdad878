"""The keys of the exercises: one module a chapter, each with a table ``KEYS`` from a label to its key."""
