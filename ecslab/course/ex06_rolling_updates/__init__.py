"""Exercise 06, rolling updates: three questions on lessons 8 and 9."""
