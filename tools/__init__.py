"""Starting, testing and measuring the addon with nothing installed by hand.

Standard library only: this package runs with the system's Python before any other package is there.
Everything it fetches or makes lies in one cache folder outside the repository (see ``settings``).
"""
