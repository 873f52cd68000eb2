"""A rehearsal: a learner's function on the practice traffic of its question, drawn instead of
judged.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from ecslab.course.catalogue import find
from ecslab.course.ex08_scaling import setting as scenery
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Run
from ecslab.ground.chance import Chance
from ecslab.lab import Lab
from ecslab.view.picture import Picture
from ecslab.view.scaling import scaling

_WITHOUT_TRAFFIC = "2d"


def rehearse(question: str, function: Callable[..., Any]) -> Picture:
    """Call your function once, let the practice traffic come, and see what happens:
    `rehearse("08-promise", keep_promise)`.

    Nothing is judged. What the function raises is raised here. Raises LabError
    for a question that does not exist.
    """
    case = next(iter(find(question, by="rehearse").cases(Chance("practice"))))
    with Lab() as lab:
        scene = CaseAccount(lab)
        given = dict(case.arrange(scene))
        began_ms = lab.clock.now_ms
        returned = function(lab, *deepcopy(list(given.values())))
        now_ms = lab.clock.now_ms
        run = Run(scene, given, case.facts, returned, False, began_ms, now_ms, now_ms)  # noqa: FBT003 - `idle`, which nobody asks
        name, flow = given["service"], None
        if "curve" in case.facts:
            flow = scenery.day(run, case.facts["curve"], case.facts["minutes"]).flow
        else:
            lab.advance(_WITHOUT_TRAFFIC)
        return scaling(lab, name, traffic=flow, since=began_ms / 1000)
