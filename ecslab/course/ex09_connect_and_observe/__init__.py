"""Exercise 09, connect and observe: two questions on lessons 13 and 14, a connection that
survives failures and the cause of an incident.
"""

from ecslab.course.ex09_connect_and_observe.cause import CAUSE
from ecslab.course.ex09_connect_and_observe.connect import CONNECT

QUESTIONS = (CONNECT, CAUSE)
