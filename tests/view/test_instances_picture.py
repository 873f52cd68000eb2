import re
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import capacity_fleet
import pytest
from fleets import Fleet, container, crowd, mixed, small
from goldens import SVG, assert_same_as_golden, parsed

from ecslab.ground.errors import LabError
from ecslab.view.explain import explain
from ecslab.view.instances import instances
from ecslab.view.instances_card import scale
from ecslab.view.instances_model import held
from ecslab.view.instances_plan import plan
from ecslab.view.instances_read import read
from ecslab.view.instances_why import why_there
from ecslab.view.picture import PLOTLY


def seen(fleet, at=None):
    """What a picture would show of the default cluster, by label."""
    (box,) = read(fleet.lab, "default", at).boxes
    return {machine.label: machine for machine in box.machines}


def facts(fleet, at=None):
    """Each instance's standing, and which task is how far on it."""
    tasks = {
        label: [(b.label, b.status) for b in machine.blocks]
        for label, machine in seen(fleet, at).items()
    }
    return {k: (m.status, m.connected, m.cpu_taken, tasks[k]) for k, m in seen(fleet, at).items()}


def test_the_instances_and_their_tasks_are_drawn():
    """Zones in columns, a bar for CPU and one for memory, tasks with their share,
    Fargate aside; looked at, then kept.
    """
    picture = instances(mixed().lab)
    assert_same_as_golden("instances.txt", picture.text + "\n")
    assert_same_as_golden("instances.svg", picture.svg)


def test_the_picture_adds_up_to_what_the_instance_has_booked():
    """Facts, section 4: what is reserved is what the tasks hold, no more and no less."""
    fleet = mixed()
    for instance in fleet.instances:
        machine = seen(fleet)[instance.label]
        assert (machine.cpu_taken, machine.memory_taken) == (
            instance.cpu_taken,
            instance.memory_taken,
        )
        assert machine.interfaces_taken == instance.interfaces_taken
        assert set(machine.ports) == set(instance.ports_taken)


def test_blocks_are_to_scale():
    """A task is as high as its share: the sides of its band measure its CPU and its
    memory, in one scale for all instances.
    """
    fleet = read(mixed().lab, None, None)
    drawn = scale(fleet.machines)
    for band in plan(fleet).bands:
        if band.block.where:
            continue  # on no instance
        (_, upper_left), *_, (_, lower_left) = band.points
        (_, upper_right), (_, lower_right) = band.points[3], band.points[4]
        assert lower_left - upper_left == pytest.approx(band.block.cpu * drawn.cpu)
        assert lower_right - upper_right == pytest.approx(band.block.memory * drawn.memory)


def test_the_svg_is_small_plain_and_well_formed():
    """Attributes only: cleaning a page changes nothing. One image to a screen reader,
    with the text form as its description.
    """
    picture = instances(mixed().lab)
    image = parsed(picture.svg)
    assert image.get("role") == "img"
    assert image.get("aria-label") == "Container instances of cluster default, at 245s"
    assert image.find(f"{SVG}desc").text == picture.text


def test_a_title_tells_why_a_task_is_there_and_why_the_others_lost():
    """Every placement records why each losing instance lost."""
    image = ET.fromstring(instances(mixed().lab).svg)
    titles = {
        title.text.partition(" ")[0]: title.text.split("\n") for title in image.iter(f"{SVG}title")
    }
    assert titles["task/12"] == [
        "task/12 api:1 RUNNING",
        "512 CPU units, 1,500 MiB",
        "here because: us-east-1a has the fewest tasks of those with room (us-east-1a 1, "
        "us-east-1b 1, us-east-1c 0)",
        "instance/2: as good, but it registered later",
        "instance/3: 486 MiB left, 1,500 needed",
        "instance/4: it is in us-east-1c, the subnets in us-east-1a and us-east-1b",
    ]


def test_a_notebook_can_point_at_a_task():
    """JupyterLab shows an SVG as an image without titles: plotly carries the
    reasons, and accepts every name and value.
    """
    picture = instances(mixed().lab)
    told = [
        trace["text"]
        for trace in picture._repr_mimebundle_()[PLOTLY]["data"]
        if trace.get("hoveron") == "fills"
    ]
    assert any("instance/3: 486 MiB left, 1,500 needed" in text for text in told)
    assert {trace.type for trace in picture.figure.data} == {"scatter"}


def test_states_that_keep_tasks_away_are_written_out():
    """DRAINING, an agent that has lost ECS, EXTERNAL: said in words, not in colour alone."""
    fleet = mixed()
    fleet.instances[3].external = True
    text = instances(fleet.lab).text
    assert "instance/2  m5.large  i-00000000000000002  DRAINING\n" in text
    assert "instance/3  t3.micro  i-00000000000000003  ACTIVE, agent disconnected\n" in text
    assert "instance/4  m5.xlarge  i-00000000000000004  ACTIVE, EXTERNAL\n" in text
    for says in ("DRAINING", "ACTIVE, agent disconnected", "ACTIVE, EXTERNAL"):
        assert f">{says}</text>" in instances(fleet.lab).svg


def test_the_capacity_provider_is_named():
    """An instance of an Auto Scaling group's provider says whose it is."""
    fleet = small("bridge")
    fleet.instances[0].capacity_provider = "night-shift"
    assert "i-00000000000000001  night-shift  ACTIVE" in instances(fleet.lab).text
    assert "i-00000000000000001 · night-shift</text>" in instances(fleet.lab).svg


@pytest.mark.parametrize(("machines", "says"), [(1, "tasks on it;"), (2, "tasks on them;")])
def test_one_instance_is_spoken_of_as_one(machines, says):
    """The line below the title is a sentence."""
    assert says in instances(crowd(machines, 10).lab).text


def test_a_past_moment_is_drawn_as_it_was():
    """Tasks that have stopped since are there again, later ones are not,
    and the instance stands as it stood.
    """
    fleet = small("bridge")
    fleet.start("web")
    fleet.advance(60)
    first = fleet.plane.state.clusters["default"].tasks
    fleet.call("StopTask", task=next(iter(first)))
    fleet.drain(0)
    fleet.advance(60)
    assert (seen(fleet)["instance/1"].status, len(seen(fleet)["instance/1"].blocks)) == (
        "DRAINING",
        1,
    )
    then = seen(fleet, "150s")["instance/1"]
    assert (then.status, [(b.label, b.status) for b in then.blocks]) == (
        "ACTIVE",
        [("task/1", "RUNNING"), ("task/2", "RUNNING")],
    )
    assert [b.status for b in seen(fleet, "61s")["instance/1"].blocks] == ["PENDING"]
    assert seen(fleet, "10s") == {}


def test_a_task_that_stops_gives_its_place_to_one_that_waits():
    """Facts, section 4: drawn is what is reserved; who only stops is a rim
    until somebody else has got its place.
    """
    fleet, shown = Fleet(), {}
    slow = {"image": fleet.images.push("slow:1", stops_in=25)}
    fleet.define(
        "large",
        "bridge",
        container(memory=6000, ports=[{"containerPort": 80, "hostPort": 80}]) | slow,
    )
    fleet.launch("a")
    fleet.start("large")
    fleet.advance(60)

    def look(part):
        """What is drawn now; to be drawn again later."""
        machine, instance = seen(fleet)["instance/1"], fleet.instances[0]
        assert (machine.cpu_taken, machine.memory_taken) == (
            instance.cpu_taken,
            instance.memory_taken,
        )
        assert set(machine.ports) == set(instance.ports_taken)
        shown[fleet.plane.clock.now_ms] = machine
        picture = instances(fleet.lab)
        assert part in picture.text
        parsed(picture.svg)
        assert picture._repr_mimebundle_()[PLOTLY]
        fleet.advance(5)
        return [(block.label, block.status, block.holds) for block in machine.drawn]

    assert look("6,000 of 7,985 MiB") == [("task/1", "RUNNING", True)]
    fleet.call("StopTask", task=next(iter(fleet.plane.state.clusters["default"].tasks)))
    fleet.advance(1)
    assert look(
        "task/1  large:1  STOPPING  256 CPU units, 6,000 MiB  reserves nothing any more"
    ) == [("task/1", "STOPPING", False)]
    assert fleet.start("large") == []
    fleet.advance(5)
    assert look(
        "task/2  large:1  PENDING  256 CPU units, 6,000 MiB  waits until there is room"
    ) == [("task/2", "PENDING", True)]
    assert held(seen(fleet)["instance/1"]).endswith("tcp ports 80 · still stopping: task/1")
    fleet.advance(60)
    assert look("6,000 of 7,985 MiB") == [("task/2", "RUNNING", True)]
    for at_ms, then in shown.items():
        assert seen(fleet, at_ms / 1000)["instance/1"] == then
    assert "waited for room on its instance: 6,000 MiB needed, 1,985 not in use" in explain(
        fleet.lab, "task/2"
    )


def test_now_is_the_same_whether_it_is_named_or_not():
    """`at` the present shows the present."""
    fleet = mixed()
    assert instances(fleet.lab, at=fleet.plane.clock.now_ms / 1000).svg == instances(fleet.lab).svg


def test_every_moment_that_was_drawn_can_be_drawn_again():
    """Looking back through the timeline shows what was shown then."""
    fleet, shown = Fleet(), {}
    fleet.define_one_of_each()
    fleet.launch("ab")
    for turn in range(6):
        fleet.advance(1)  # a moment is drawn with all that happened in it
        fleet.start("web", 2)
        fleet.advance(7)
        if turn == 3:
            fleet.call("StopTask", task=next(iter(fleet.plane.state.clusters["default"].tasks)))
            fleet.plane.instances.disconnect(fleet.instances[1])
        fleet.advance(1)
        shown[fleet.plane.clock.now_ms] = facts(fleet)
    fleet.advance(1)
    fleet.plane.neighbours.machines.change(fleet.instances[0].ec2_id, state="terminated")
    fleet.plane.instances.sync()
    fleet.advance(300)
    assert set(seen(fleet)) == {"instance/2"}
    for at_ms, then in shown.items():
        assert facts(fleet, at_ms / 1000) == then


def test_what_is_forgotten_is_not_passed_off_as_the_past():
    """ECS forgets a stopped task after an hour; a picture of before says so."""
    fleet = small("bridge")
    fleet.advance(4000)
    assert (
        "what ended an hour or more ago is forgotten and not drawn"
        in instances(fleet.lab, at="100s").text
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            {"cluster": "prod"},
            r"there is no active cluster 'prod' in us-east-1; there is default\.",
        ),
        ({"at": "1h"}, r"the lab has not come to 1h yet; it is 120s there\."),
        ({"at": "soon"}, r"'soon' is not a point in lab time"),
    ],
)
def test_a_question_that_cannot_be_answered_shows_the_right_one(asked, says):
    """Misuse of the lab is a LabError with the wrong line and the right line."""
    with pytest.raises(LabError, match=says) as told:
        instances(small("bridge").lab, **asked)
    assert "right:" in str(told.value)


def test_several_clusters_are_drawn_one_below_the_other():
    """Or one alone, when it is named."""
    fleet = small("bridge")
    fleet.call("CreateCluster", clusterName="empty")
    both = instances(fleet.lab).text
    assert "Container instances of us-east-1" in both
    assert "cluster default\nus-east-1a\n" in both
    assert both.endswith("cluster empty\nno container instance")
    assert instances(fleet.lab, "empty").text.startswith(
        "Container instances of cluster empty, at 120s\n"
    )


def test_an_account_without_anything_says_so():
    """No cluster, no instance: a sentence, and an SVG that is one."""
    fleet = Fleet()
    assert instances(fleet.lab).text.endswith("no container instance")
    fleet.call("DeleteCluster", cluster="default")
    picture = instances(fleet.lab)
    assert picture.text.endswith("no cluster yet")
    assert ET.fromstring(picture.svg).get("role") == "img"
    assert picture.plotly is None


def test_hostile_names_are_text():
    """Names are escaped in SVG and in plotly, and move no cursor in the text."""
    fleet = Fleet()
    fleet.launch("a")
    fleet.define("w" * 255, "bridge", container())
    fleet.start("w" * 255)
    fleet.advance(60)
    fleet.instances[0].ec2_id = 'i-</svg><script>alert(1)</script>&"\x1b[2J\u202e'
    picture = instances(fleet.lab)
    assert not list(ET.fromstring(picture.svg).iter(f"{SVG}script"))
    assert "<script" not in picture.svg + str(picture.plotly)
    assert not set("\x1b\u202e") & set(picture.text + picture.svg)
    assert "w" * 33 not in picture.text


def test_many_instances_become_cells_and_the_rest_is_counted():
    """Not one is lost: each zone's line says how many are not drawn and how full they are."""
    fleet = crowd(500, 900)
    picture = instances(fleet.lab)
    picture._repr_mimebundle_()
    assert len(picture.svg) < 30_000
    rest = [int(number) for number in re.findall(r"^  and (\d+) more", picture.text, re.MULTILINE)]
    assert sum(rest) + len(re.findall(r"^  instance/", picture.text, re.MULTILINE)) == 500
    assert "500 container instances, 900 tasks on them" in picture.text


@pytest.mark.parametrize("tasks", [40, 90])
def test_a_dozen_full_instances_fit_into_a_small_svg(tasks):
    """When there is no room for every reason, titles are shortened, then left
    out; the picture stays below 30 KB.
    """
    picture = instances(crowd(12, tasks).lab)
    assert len(picture.svg) < 30_000
    assert picture.text.count("RUNNING") == tasks
    assert picture.svg.count(" web:1</text>") == tasks


def test_why_there_tells_the_choice_and_every_loser():
    """The chosen instance with its reason, then all others, those of one reason together."""
    fleet = mixed()
    assert str(why_there(fleet.lab, "task/12")).splitlines() == [
        "task/12 (api:1) was placed on instance/1 (m5.large, i-00000000000000001, us-east-1a) "
        "at 180s: us-east-1a has the fewest tasks of those with room (us-east-1a 1, us-east-1b 1, "
        "us-east-1c 0).",
        "3 other instances lost:",
        "  instance/2: as good, but it registered later",
        "  instance/3: 486 MiB left, 1,500 needed",
        "  instance/4: it is in us-east-1c, the subnets in us-east-1a and us-east-1b",
    ]
    task = next(
        t for t in fleet.plane.state.clusters["default"].tasks.values() if t.label == "task/12"
    )
    assert (
        why_there(fleet.lab, "12")
        == why_there(fleet.lab, task.id)
        == why_there(fleet.lab, "task/12")
    )


def test_why_there_knows_fargate_and_a_lonely_instance():
    """On Fargate nobody loses; an only instance has nobody to win against."""
    assert "was placed on AWS Fargate in us-east-1a at 240s" in why_there(mixed().lab, "task/13")
    assert why_there(small("bridge").lab, "task/1").endswith(
        "No other instance was there to choose."
    )


def test_why_there_remembers_a_task_that_the_account_has_forgotten():
    """The timeline keeps the reasons."""
    fleet = mixed()
    fleet.call("StopTask", task=next(iter(fleet.plane.state.clusters["default"].tasks)))
    fleet.advance(4000)
    assert "3 other instances lost:" in why_there(fleet.lab, "task/1")


def test_why_there_refuses_a_task_that_never_was():
    """With the tasks there are."""
    with pytest.raises(LabError, match=r"there is no 'task/9'; the lab has task/1\."):
        why_there(small("bridge").lab, "task/9")


def test_looking_changes_nothing():
    """A picture twice is the same picture; the timeline has not grown."""
    fleet = mixed()
    before = len(fleet.timeline)
    assert instances(fleet.lab).svg == instances(fleet.lab).svg
    assert len(fleet.timeline) == before


def test_a_task_that_waits_for_capacity_stands_aside_until_it_is_placed():
    """Facts, section 8.3: PROVISIONING without an instance; looking back, it waits there still."""
    fleet = capacity_fleet.Fleet()
    fleet.lab = SimpleNamespace(
        timeline=fleet.timeline, plane=lambda: fleet.plane, clock=fleet.plane.clock
    )
    fleet.define()
    fleet.provide(desired=1, maximum=1, scaling={"status": "ENABLED"})
    fleet.go(3)
    fleet.advance(60)
    waiting_ms = fleet.plane.clock.now_ms
    waits = "task/3  job:1  PROVISIONING  1,024 CPU units, 1,024 MiB  waits for a place"
    assert waits in instances(fleet.lab).text
    assert ">on no container instance</text>" in instances(fleet.lab).svg
    assert (
        "task/3 (job:1) has waited for a place since 46s: waits for capacity: the closest is "
        "instance/1" in why_there(fleet.lab, "task/3")
    )
    fleet.groups.edit("mine", maximum=2)
    fleet.groups.resize("mine", 2)
    fleet.plane.instances.sync()
    fleet.advance(120)
    assert [block.label for block in seen(fleet)["instance/2"].blocks] == ["task/3"]
    assert "instance/2  m5.large  i-" in instances(fleet.lab).text
    assert "  mine  ACTIVE" in instances(fleet.lab).text
    assert "waits for a place" not in instances(fleet.lab).text
    assert waits in instances(fleet.lab, at=waiting_ms / 1000).text
    assert "task/3 (job:1) was placed on instance/2" in why_there(fleet.lab, "task/3")
