"""Exercise 03, placement: four questions on lesson 4, about machines of one's own."""

from ecslab.course.ex03_placement.apart import APART
from ecslab.course.ex03_placement.fewest import FEWEST
from ecslab.course.ex03_placement.retire import RETIRE
from ecslab.course.ex03_placement.room import ROOM

QUESTIONS = (FEWEST, APART, ROOM, RETIRE)
