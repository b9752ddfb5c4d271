"""The seam between what is stored and how: everything that differs from one database to another.

Only writing differs. Relations have the same names and columns whatever keeps them.
"""
