"""Exercise 08, scaling: three questions on lesson 12, judged on traffic that comes after the learner's function has returned."""

from ecslab.course.scaling.promise import PROMISE
from ecslab.course.scaling.schedule import SCHEDULE
from ecslab.course.scaling.spike import SPIKE

QUESTIONS = (PROMISE, SPIKE, SCHEDULE)
