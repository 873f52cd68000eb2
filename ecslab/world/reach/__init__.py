"""Which ways out of a subnet there are, and whether they lead to what a task
needs: routes only, no filters yet.
"""
