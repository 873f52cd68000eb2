"""Exercise 03, placement: four questions on lesson 4, about machines of one's own."""

from ecslab.course.placement.apart import APART
from ecslab.course.placement.fewest import FEWEST
from ecslab.course.placement.retire import RETIRE
from ecslab.course.placement.room import ROOM

QUESTIONS = (FEWEST, APART, ROOM, RETIRE)
