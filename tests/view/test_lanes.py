from xml.etree import ElementTree as ET

from account import Account
from hypothesis import given
from hypothesis import strategies as st
from told import ByHand, told

from ecslab.timeline.timeline import Timeline
from ecslab.view import vocabulary as words
from ecslab.view.explain import explain
from ecslab.view.lanes import read
from ecslab.view.show import show
from ecslab.world.reach.net import Net, Table

VERDICTS = ("HEALTHY", "UNHEALTHY", "target healthy", "target unhealthy")


def of(table):
    """The kinds that a table of classes is about."""
    return [kind for one in table for kind in one.kinds]


TASK_KINDS = [
    *(status.name for status in words.TASK_STATUSES),
    "STOPPED",
    *of(words.TASK_MARKS),
    *VERDICTS,
    "danced",
]
CONTAINER_KINDS = [
    "pulling",
    "pulled",
    "pull failed",
    "never started",
    "started",
    "exited",
    "killed",
    "HEALTHY",
    "restarted",
    "SIGTERM",
]
SERVICE_KINDS = [*of(words.SERVICE_MARKS), *of(words.SERVICE_PHASES), "inactive", "sang"]
SILENT = {
    "target registered",
    "target draining",
    "target unused",
    "target initial",
    "pulling",
    "pulled",
    "started",
    "SIGTERM",
    "registered",
    "deregistered",
    "created",
    "deleted",
    "exited",
    "killed",
}

subjects = st.one_of(
    st.tuples(st.sampled_from(["task/1", "task/2"]), st.sampled_from(TASK_KINDS)),
    st.tuples(st.sampled_from(["task/1/app", "task/2/log"]), st.sampled_from(CONTAINER_KINDS)),
    st.tuples(st.sampled_from(["service/web", "service/api"]), st.sampled_from(SERVICE_KINDS)),
)
stories_of_all_sorts = st.lists(st.tuples(st.integers(0, 300_000), subjects), max_size=40).map(
    lambda lines: [
        told(at, subject, kind) for at, (subject, kind) in sorted(lines, key=lambda line: line[0])
    ]
)


@given(stories_of_all_sorts)
def test_any_story_can_be_drawn(events):
    """Whatever the order of words, spans follow each other without
    overlap, and all three forms come out.
    """
    now_ms = max((event.at_ms for event in events), default=0)
    for lane in read(events, now_ms):
        edges = [edge for span in lane.spans for edge in (span.begin_ms, span.end_ms)]
        assert edges == sorted(edges)
    picture = show(Timeline(events))
    ET.fromstring(picture.svg)
    assert picture.text


@given(stories_of_all_sorts, st.integers(0, 200), st.integers(0, 200))
def test_any_window_can_be_drawn(events, since, length):
    """Lanes are cut to the window, and nothing is drawn outside it."""
    timeline = Timeline(events)
    last = max((event.at_ms for event in events), default=0)
    if since * 1000 <= last:
        picture = show(timeline, since=since, until=since + length)
        for trace in picture.plotly["data"] if picture.plotly else []:
            assert all(
                value >= since
                for value in trace.get("base", []) + (trace["x"] if "base" not in trace else [])
            )


def test_the_controllers_say_only_words_that_pictures_know():
    """A new word in the control plane must be drawn, or be known to be for `story` only."""
    account = Account()
    account.register(
        "web", {"name": "app", "image": "nginx", "healthCheck": {"command": ["CMD", "healthy"]}}
    )
    account.register("job", image="job")
    account.serve("web", "web", desired=2)
    task = account.run("job")[0]
    account.advance(120)
    account.call("StopTask", task=task)
    account.call("UpdateService", service="web", desiredCount=1)
    account.advance(120)
    account.call("DeleteService", service="web", force=True)
    account.advance(120)
    drawn = {
        *words.STATUSES,
        words.STOPPED,
        *VERDICTS,
        *of(words.TASK_MARKS),
        *of(words.CONTAINER_MARKS),
        *of(words.SERVICE_MARKS),
        *of(words.SERVICE_PHASES),
    }
    assert set(account.timeline.kinds()) - drawn - SILENT - {"inactive"} == set()


def test_a_service_on_its_way_out_stays_so():
    """Stopping its tasks is part of the deletion; only a service of the same
    name, created anew, begins again.
    """
    timeline = ByHand()
    for at_s, kind in enumerate(
        ["created", "steady", "deleting", "stopped tasks", "inactive", "created", "steady"]
    ):
        timeline.say(at_s * 1000, "service/web", kind)
    (lane,) = read(timeline, 10_000)
    spans = [(span.status, span.begin_ms, span.end_ms) for span in lane.spans]
    assert spans == [
        ("working", 0, 1000),
        ("steady", 1000, 2000),
        ("deleting", 2000, 4000),
        ("working", 5000, 6000),
        ("steady", 6000, 10_000),
    ]


def test_a_task_without_a_way_to_its_image_shows_it_in_every_form():
    """The moment at which it was known, minutes before the task gives up."""
    account = Account()
    account.network.around = Net(Table("rtb-1", main=True), {}, frozenset(), {})
    account.register("web")
    account.run("web")
    account.advance(300)
    told = explain(account.timeline, "task/1")
    assert "At 12s it could not reach what it needs: registry-1.docker.io: subnet-" in told
    picture = show(account.timeline)
    assert "W no way to what it needs" in picture.text
    assert "no way to what it needs" in picture.svg
    assert "hourglass" in str(picture.figure)
