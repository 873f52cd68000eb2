from told import ByHand

from ecslab.grade.moments import moments
from ecslab.grade.promises import always, eventually, never


def story(*lines):
    """A timeline of (seconds, subject, kind), the tasks being those of the service web."""
    timeline = ByHand()
    for at_s, subject, kind in lines:
        timeline.say(at_s * 1000, subject, kind, cluster="shop", definition="web:1", service="web")
    return timeline


TWO_THEN_ONE = story(
    (0, "service/web", "created"),
    (5, "task/1", "PROVISIONING"),
    (5, "task/2", "PROVISIONING"),
    (20, "task/1", "RUNNING"),
    (20, "task/2", "RUNNING"),
    (60, "service/web", "steady"),
    (90, "task/2", "UNHEALTHY"),
    (100, "task/2", "STOPPING"),
    (110, "task/3", "RUNNING"),
)


def two_run(now):
    """What the stories promise."""
    return now.running("web") == 2


def test_a_moment_counts_what_ran_after_everything_that_happened_in_it():
    """Lines of the same instant are taken together: no promise can break between them."""
    assert [now.running("web") for now in moments(TWO_THEN_ONE)] == [0, 0, 2, 2, 2, 1, 2]


def test_a_moment_knows_health():
    """Health is the last verdict."""
    ill = next(now for now in moments(TWO_THEN_ONE) if now.at_ms == 90_000)
    assert ill.tasks["task/2"].health == "UNHEALTHY"


def test_a_stopped_task_is_no_longer_there():
    """STOPPED is the end of a task."""
    *_, last = moments(story((0, "task/1", "RUNNING"), (9, "task/1", "STOPPED")))
    assert last.tasks == {}


def test_a_promise_that_always_holds_is_kept():
    """From the first moment on at which it should hold."""
    promise = always("something runs", lambda now: now.running("web") >= 1, once=two_run)
    assert promise.broken_in(TWO_THEN_ONE, 0, 120_000) is None


def test_a_broken_promise_names_the_second_and_shows_the_lines_around_it():
    """What an instructor or a learner needs to find the place in the picture."""
    promise = always(
        "two tasks run", two_run, once=two_run, got=lambda now: f"{now.running('web')} run"
    )
    gap = promise.broken_in(TWO_THEN_ONE, 0, 120_000)
    assert gap.expected == "always: two tasks run"
    assert gap.got == "broken at 100.0 s: 1 run"
    assert [line.split()[0] for line in gap.lines] == [
        "20.0s",
        "60.0s",
        "90.0s",
        "100.0s",
        "110.0s",
    ]


def test_a_reason_that_fills_several_lines_is_cut():
    """Whoever failed says the same of every task; once in full is enough, and that is not here."""
    told = ByHand()
    told.say(
        0,
        "task/1",
        "STOPPED",
        "no answer, " * 100,
        cluster="shop",
        definition="web:1",
        service="web",
    )
    (line,) = always("two tasks run", two_run).broken_in(told, 0, 1000).lines
    assert (len(line), line[-1]) == (240, "…")


def test_a_promise_that_never_began_is_broken():
    """`always … once` needs its beginning; a service that never came up keeps no promise."""
    gap = always("ten run", lambda _: True, once=lambda now: now.running("web") == 10).broken_in(
        TWO_THEN_ONE, 0, 120_000
    )
    assert gap.got == "it had not begun at 120.0 s"


def test_a_promise_without_a_beginning_is_judged_from_the_start():
    """How things stand when the time begins counts, also when nothing has happened yet."""
    gap = always("two tasks run", two_run).broken_in(TWO_THEN_ONE, 0, 120_000)
    assert gap.got.startswith("broken at 0.0 s")
    assert always("two tasks run", two_run).broken_in(TWO_THEN_ONE, 30_000, 90_000) is None


def test_what_comes_too_late_did_not_come_eventually():
    """A deadline is counted from the beginning of the judged time."""
    promise = eventually(
        "two tasks run", two_run, within="15s", got=lambda now: f"{now.running('web')} run"
    )
    gap = promise.broken_in(TWO_THEN_ONE, 0, 120_000)
    assert gap.got == "not so at 15.0 s: 0 run"
    assert promise.broken_in(TWO_THEN_ONE, 10_000, 120_000) is None


def test_what_holds_already_has_come():
    """`eventually` begins with how things stand."""
    assert eventually("two tasks run", two_run).broken_in(TWO_THEN_ONE, 30_000, 40_000) is None


def test_what_must_never_happen_is_found_where_it_happens():
    """The moment of the breach, not the end of the story."""
    promise = never(
        "a task is ill", lambda now: any(task.health == "UNHEALTHY" for task in now.tasks.values())
    )
    assert promise.broken_in(TWO_THEN_ONE, 0, 120_000).got == "it happened at 90.0 s"
    assert promise.broken_in(TWO_THEN_ONE, 0, 80_000) is None
