"""Exercise 08, scaling: three questions on lesson 12, judged on traffic that comes
after the learner's function has returned.
"""
