"""Exercise 01, a first service: five questions on lessons 1 to 3."""
