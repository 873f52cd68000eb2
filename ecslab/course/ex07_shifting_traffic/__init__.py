"""Exercise 07, shifting traffic: three questions on lessons 10 and 11, each about
the moment in which users change sides.
"""

from ecslab.course.ex07_shifting_traffic.guard import GUARD
from ecslab.course.ex07_shifting_traffic.sets import SETS
from ecslab.course.ex07_shifting_traffic.shift import SHIFT

QUESTIONS = (SHIFT, GUARD, SETS)
