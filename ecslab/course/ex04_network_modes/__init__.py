"""Exercise 04, network modes: four questions on lesson 5, from predicting
what fits to repairing what does not.
"""
