"""Exercise 05, capacity: four questions on lesson 7, from dividing tasks among providers to machines that come and go."""

from ecslab.course.capacity.batch import BATCH
from ecslab.course.capacity.goodbye import GOODBYE
from ecslab.course.capacity.shares import SHARES
from ecslab.course.capacity.survive import SURVIVE

QUESTIONS = (SHARES, SURVIVE, GOODBYE, BATCH)
