"""Exercise 05, capacity: four questions on lesson 7, from dividing tasks among
providers to machines that come and go.
"""
