"""The reader of cartoon faces, and what translations to faces and between them score."""
