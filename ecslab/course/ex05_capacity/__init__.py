"""Exercise 05, capacity: four questions on lesson 7, from dividing tasks among
providers to machines that come and go.
"""

from ecslab.course.ex05_capacity.batch import BATCH
from ecslab.course.ex05_capacity.goodbye import GOODBYE
from ecslab.course.ex05_capacity.shares import SHARES
from ecslab.course.ex05_capacity.survive import SURVIVE

QUESTIONS = (SHARES, SURVIVE, GOODBYE, BATCH)
