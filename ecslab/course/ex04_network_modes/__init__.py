"""Exercise 04, network modes: four questions on lesson 5, from predicting
what fits to repairing what does not.
"""

from ecslab.course.ex04_network_modes.choose import CHOOSE
from ecslab.course.ex04_network_modes.conflicts import CONFLICTS
from ecslab.course.ex04_network_modes.fit import FIT
from ecslab.course.ex04_network_modes.start import START

QUESTIONS = (FIT, CONFLICTS, CHOOSE, START)
