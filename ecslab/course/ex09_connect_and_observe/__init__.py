"""Exercise 09, connect and observe: two questions on lessons 13 and 14, a connection that
survives failures and the cause of an incident.
"""
