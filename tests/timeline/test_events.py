"""What holds of every event: its sentence can be filled, its facts are known by
name, and a reader finds it by both.
"""

import pickle
from dataclasses import fields

import pytest
from account import Account
from told import told

from ecslab.ground.clock import Clock
from ecslab.ground.errors import LabError
from ecslab.ground.text import Listed, Text
from ecslab.timeline.clusters import ReachOpened
from ecslab.timeline.event import Event, stamp
from ecslab.timeline.event_types import MODULES, classes, fact_names, kinds
from ecslab.timeline.refs import ClusterRef, DeploymentRef, ServiceRef
from ecslab.timeline.services import PlacementFailed, ServiceCreated, ServiceSteady
from ecslab.timeline.tasks import FARGATE_SPOT, ContainerExited, SpotOffered, TaskRunning
from ecslab.timeline.teller import Teller
from ecslab.timeline.timeline import Timeline

SUBJECTS = {
    "task": "task/1",
    "container": "task/1/app",
    "service": "service/web",
    "cluster": "cluster/default",
    "instance": "instance/1",
    "machine": "i-1",
    "provider": "capacity-provider/mine",
    "definition": "task-definition/web:1",
    "flow": "traffic/1",
    "probe": "probe/1",
    "alarm": "alarm/high",
}
OURS = [
    c
    for module in MODULES
    for c in vars(module).values()
    if isinstance(c, type) and issubclass(c, Event)
]
TOLD = [c for c in dict.fromkeys(OURS) if c.kinds]


def sample(kind: type[Event]) -> Event:
    """One event of a class, its fields filled with values of their types."""
    named = [f.name for f in fields(kind)]
    subject = next((SUBJECTS[n] for n in named if n in SUBJECTS), "spot")
    if subject == "spot":
        event = (
            SpotOffered(available=True) if kind is SpotOffered else ReachOpened(whose=FARGATE_SPOT)
        )
        stamp(event, 5000, "us-east-1")
        return event
    return told(
        5000, subject, kind.kinds[0], a=kind, deployment="ecs-svc/1", definition="web:1", scale=50.0
    )


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_every_sentence_can_be_filled_from_the_facts(kind):
    """A blank that nothing fills would end the simulation when the line is printed."""
    event = sample(kind)
    if kind.why is Event.why:
        assert str(Text(kind.says, **event.facts)) is not None
    sentence = event.why
    marked = {part.sentence: f"<{part.sentence}>" for part in sentence.parts()}
    assert sentence.read(marked).count("<") >= (1 if sentence.sentence.strip("{}, ") else 0)
    assert event.kind in kind.kinds


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_every_fact_can_be_asked_for(kind):
    """`where` refuses names under which nothing is told: it knows all of them."""
    assert sample(kind).facts.keys() - {"words"} <= fact_names()


def test_every_kind_belongs_to_a_class_and_every_class_has_one():
    """The registry is what `where(kind=…)` asks."""
    assert set(kinds()) == {word for kind in classes() for word in kind.kinds}
    assert len(TOLD) == len({kind.__name__ for kind in TOLD}) > 80


def test_a_kind_that_nobody_tells_is_answered_with_those_that_are_near():
    """Without that, a slip finds nothing and says nothing."""
    with pytest.raises(
        LabError,
        match=r"of the kind 'startd'; near it are started(?s:.*)right: +where\(kind='started'\)",
    ):
        Timeline().where(kind="startd")
    with pytest.raises(LabError, match=r"tells 'sevice'; near it are service"):
        Timeline().where(sevice="web")


def test_a_subject_that_nobody_bears_is_answered_with_those_that_are_near():
    """A part of a story knows the whole: a task that has no line in it is known all the same."""
    account = Account()
    account.register("web")
    account.serve("web", "web", 1)
    account.advance(60)
    with pytest.raises(LabError, match=r"does not know 'service/wbe'; it has service/web"):
        account.timeline.of("service/wbe")
    assert len(account.timeline.where(kind="started").of("service/web")) == 0
    assert len(account.timeline.of("task")) > len(account.timeline.of("task/1/app")) > 0


def test_a_class_a_name_and_a_ref_find_the_same_lines():
    """Whoever has a class or a ref needs no words."""
    account = Account()
    account.register("web")
    account.serve("web", "web", 2)
    account.advance(60)
    story = account.timeline
    assert list(story.where(TaskRunning)) == list(story.where(kind="RUNNING"))
    [created] = story.where(ServiceCreated, desired=2)
    assert (
        list(story.of(created.service))
        == list(story.of("service/web"))
        == list(story.of("service/default/web"))
    )


def test_two_services_of_one_name_have_labels_of_their_own_from_birth():
    """The first keeps the short one, even when it is gone; every full name works."""
    account = Account()
    account.call("CreateCluster", clusterName="shop")
    account.register("web")
    account.serve("web", "web", 0)
    account.serve("web", "web", 0, cluster="shop")
    account.advance(30)
    steady = [event.subject for event in account.timeline.where(ServiceSteady)]
    assert steady == ["service/web", "service/shop/web"]
    assert {e.facts["cluster"] for e in account.timeline.of("service/shop/web")} == {"shop"}
    assert {e.facts["cluster"] for e in account.timeline.of("service/web")} == {"default"}
    account.call("DeleteService", service="web")
    account.advance(30)
    account.serve("again", "web", 0, cluster="shop")
    account.serve("web", "web", 0)
    assert account.timeline[-1].subject == "service/web"


def test_a_listener_hears_what_is_printed_and_what_is_not():
    """In order of asking, at once, with time and region on it; it tells nothing back."""

    class Silent(ServiceSteady):
        printed = False

    clock, timeline, heard = Clock(), Timeline(), []
    teller = Teller(timeline, clock, "eu-west-1")
    teller.listen(Silent, heard.append)
    clock.run_until(7000)
    cluster = ClusterRef(label="cluster/a", name="a", region="eu-west-1")
    teller.say(
        Silent(
            service=ServiceRef(label="service/web", name="web", cluster=cluster),
            deployment=None,
            healthy=1,
        )
    )
    assert [(event.at_ms, event.region) for event in heard] == [(7000, "eu-west-1")]
    assert len(timeline) == 0


def test_an_event_is_the_same_on_the_other_side_of_a_pickle():
    """Sweeps send their timelines from process to process."""
    event = told(5, "task/1/app", "exited", "", exit_code=0, task="1")
    exited = ContainerExited(container=event.container, exit_code=0, told=False)
    again = pickle.loads(pickle.dumps(exited))
    assert again == exited
    assert str(again) == str(exited)


def test_a_sentence_reads_in_another_language_with_what_is_in_its_blanks():
    """English is the sentence itself; a catalogue may have some of them; names stay."""
    inner = Text("by {name}", name="cpu")
    outer = Text("{before} → {after}: {because}", before=1, after=2, because=inner)
    several = Listed(", ", [inner, "as it is"])
    turned = {
        "by {name}": "durch {name}",
        "{before} → {after}: {because}": "{because}: {before} → {after}",
    }
    assert (outer, several) == ("1 → 2: by cpu", "by cpu, as it is")
    assert outer.read(turned) == "durch cpu: 1 → 2"
    assert several.read(turned) == "durch cpu, as it is"
    assert [part.sentence for part in outer.parts()] == [outer.sentence, inner.sentence]
    assert pickle.loads(pickle.dumps(several)).read(turned) == "durch cpu, as it is"


def test_the_same_content_is_news_again_after_six_hours_and_another_at_once():
    """Facts, section 5.1: an identical event is held back; identical is what it says, not when."""
    account = Account()
    account.register("web")
    account.serve("web", "web", 0)
    service = account.plane.state.clusters["default"].services["web"]
    hour_ms = 3_600_000

    def failed(code):
        ref = DeploymentRef(label="ecs-svc/1", definition="web:1")
        return PlacementFailed(
            service=service.ref, deployment=ref, code=code, because="", message=""
        )

    asked = [("RESOURCE:CPU", 0), ("RESOURCE:CPU", 5), ("RESOURCE:MEMORY", 5), ("RESOURCE:CPU", 6)]
    assert [service.is_news(failed(code), hours * hour_ms) for code, hours in asked] == [
        True,
        False,
        True,
        True,
    ]
