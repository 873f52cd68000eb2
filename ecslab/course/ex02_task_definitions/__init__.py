"""Exercise 02, task definitions: four questions on lesson 6, each about a
definition that has to be repaired.
"""
