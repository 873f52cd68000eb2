"""Exercise 06, rolling updates: three questions on lessons 8 and 9."""

from ecslab.course.ex06_rolling_updates.limits import LIMITS
from ecslab.course.ex06_rolling_updates.rescue import RESCUE
from ecslab.course.ex06_rolling_updates.roll_back import ROLL_BACK

QUESTIONS = (LIMITS, RESCUE, ROLL_BACK)
