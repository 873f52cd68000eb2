"""Exercise 02, task definitions: four questions on lesson 6, each about a
definition that has to be repaired.
"""

from ecslab.course.ex02_task_definitions.access import ACCESS
from ecslab.course.ex02_task_definitions.move import MOVE
from ecslab.course.ex02_task_definitions.order import ORDER
from ecslab.course.ex02_task_definitions.repair import REPAIR

QUESTIONS = (MOVE, ORDER, ACCESS, REPAIR)
