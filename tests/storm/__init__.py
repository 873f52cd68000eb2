"""Storms over a whole account: random calls and faults, and checkers that watch from
outside. `python -m tests.storm` draws fresh ones.
"""
