"""The demo company: a dealer in school equipment, and its owner's own business beside it.

People, firms and numbers are made up; the numbers carry valid check digits.
"""
