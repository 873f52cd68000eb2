"""Exercise 07, shifting traffic: three questions on lessons 10 and 11, each about
the moment in which users change sides.
"""
