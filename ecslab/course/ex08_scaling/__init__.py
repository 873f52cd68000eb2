"""Exercise 08, scaling: three questions on lesson 12, judged on traffic that comes
after the learner's function has returned.
"""

from ecslab.course.ex08_scaling.promise import PROMISE
from ecslab.course.ex08_scaling.schedule import SCHEDULE
from ecslab.course.ex08_scaling.spike import SPIKE

QUESTIONS = (PROMISE, SPIKE, SCHEDULE)
