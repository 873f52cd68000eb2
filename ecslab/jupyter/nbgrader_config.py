# nbgrader's settings for this course. Installed as etc/jupyter/nbgrader_config.py, they hold for
# every nbgrader command that runs in a clone's top folder, and say nothing anywhere else: other
# courses in the same environment keep their own.

import os
import sysconfig
from pathlib import Path

here = Path.cwd()
if all((here / name).is_dir() for name in ("lessons", "solutions", "exercises")):
    c = get_config()  # type: ignore[name-defined]  # noqa: F821 - traitlets provides it
    c.CourseDirectory.course_id = "ecslab"
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "exercises"

    # nbgrader runs a program called alembic, which is found only in an activated environment.
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])

    # Everything that a grading run makes lies in one folder that git ignores.
    gradebook = here / "gradebook"
    gradebook.mkdir(exist_ok=True)
    c.CourseDirectory.db_url = f"sqlite:///{(gradebook / 'gradebook.db').as_posix()}"
    for step in ("submitted", "autograded", "feedback", "solution", "source_with_tests"):
        setattr(c.CourseDirectory, f"{step}_directory", f"gradebook/{step}")

    # An answer that still is this stub is "not started"; ecslab/grade/sandbox.py knows it.
    c.ClearSolutions.code_stub = {
        "python": "raise NotImplementedError  # write your code here, in place of this line"
    }
    # A learner who deleted a check cell loses nothing.
    c.OverwriteCells.add_missing_cells = True
