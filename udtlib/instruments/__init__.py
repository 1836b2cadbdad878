"""What measures: small trained readers and classifiers, how each was trained, and what is scored with it.

One folder is one instrument: the net with its bundled weights, its training, and the scores that it gives.
"""
