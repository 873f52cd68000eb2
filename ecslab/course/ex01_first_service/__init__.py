"""Exercise 01, a first service: five questions on lessons 1 to 3."""

from ecslab.course.ex01_first_service.deploy import DEPLOY
from ecslab.course.ex01_first_service.diagnose import DIAGNOSE
from ecslab.course.ex01_first_service.heal import HEAL
from ecslab.course.ex01_first_service.jobs import JOBS
from ecslab.course.ex01_first_service.register import REGISTER

QUESTIONS = (REGISTER, DEPLOY, DIAGNOSE, JOBS, HEAL)
