"""Cartoon faces: drawn from known factors, so that every question about a face has an exact answer.

A face here is a cartoon, and it leaves most of a real face out: there is one camera and one kind of light,
skin and hair are plain colours with a simple texture, an expression is two numbers, and nobody wears a hat,
has a scar, holds a hand before the face or has one half of it unlike the other. Sex is a *recorded label*,
as in the data sets that the papers use: some traits (beard, jaw, hair length, brows) are correlated with
it, as strongly as a parameter says, and by default none is determined by it. What is measured on these
faces is no claim about people.
"""
