import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
import stories
from account import Account
from goldens import SVG, assert_same_as_golden
from told import ByHand, told

from ecslab.ground.clock import Clock
from ecslab.ground.errors import LabError
from ecslab.timeline.timeline import Timeline
from ecslab.view import vocabulary as words
from ecslab.view.lanes import read
from ecslab.view.picture import PLOTLY
from ecslab.view.show import show

ROOT = Path(__file__).parents[2]


def lab_at(timeline, now_ms):
    """As much of a lab as a picture looks at."""
    clock = Clock()
    clock.now_ms = now_ms
    return SimpleNamespace(timeline=timeline, clock=clock, now=clock.now)


def rows(picture):
    """The lanes of the text form: label → letters."""
    lines = picture.text.splitlines()
    left = lines[2].index("0s") if "0s" in lines[2] else len(lines[3]) - len(lines[3].lstrip())
    return {
        line.split()[0]: line[left:]
        for line in lines[4:]
        if line.strip().startswith(("task/", "service/"))
    }


@pytest.mark.parametrize("name", ["healing", "ailing"])
def test_the_text_form_reads_like_a_chart(name):
    """One letter per round step of time, a key to the letters
    used, every lane's ending in words.
    """
    assert_same_as_golden(f"{name}.txt", show(getattr(stories, name)()).text + "\n")


@pytest.mark.parametrize("name", ["healing", "ailing"])
def test_the_svg_is_small_plain_and_the_same_every_time(name):
    """Pages without a kernel show it; plain attributes only, so that
    cleaning a page changes nothing.
    """
    drawn = show(getattr(stories, name)()).svg
    assert_same_as_golden(f"{name}.svg", drawn)
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(drawn).iter()}
    assert tags <= {"svg", "desc", "g", "path", "rect", "text"}


def test_the_svg_speaks_to_a_screen_reader():
    """It is one image with a name, and a description of every lane."""
    image = ET.fromstring(show(stories.healing(), title="It heals").svg)
    assert image.get("role") == "img"
    assert (
        image.get("aria-label")
        == "It heals. 0s to 85s: 4 tasks (2 RUNNING, 2 STOPPED); service/web steady"
    )
    assert "task/2 · web:1 · us-east-1b: STOPPED (app exit 1)" in image.find(f"{SVG}desc").text


def test_a_notebook_gets_three_forms_and_chooses():
    """Plotly for JupyterLab, SVG for nbconvert, text for nbval, a terminal and a screen reader."""
    picture = show(stories.healing())
    assert list(picture._repr_mimebundle_()) == [PLOTLY, "image/svg+xml", "text/plain"]
    assert list(picture._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]
    assert list(picture._repr_mimebundle_(exclude={PLOTLY})) == ["image/svg+xml", "text/plain"]
    assert picture._repr_mimebundle_()["text/plain"] == repr(picture) == str(picture)


def test_plotly_accepts_its_form():
    """Plotly checks every name and value of a figure it is given."""
    figure = show(stories.ailing()).figure
    assert {trace.type for trace in figure.data} == {"bar", "scatter"}
    assert figure.layout.yaxis.fixedrange


def test_pointing_at_a_bar_tells_when_and_why():
    """The sentence that the controller put on the timeline is what a reader gets."""
    traces = {
        re.sub("<.*?>", "", trace["name"]): trace for trace in show(stories.ailing()).plotly["data"]
    }
    assert (
        "<b>task/2 STOPPING</b><br>85s to 115s, for 30s<br>containers are told to stop<br>app "
        "SIGTERM: 30 s to stop" in (traces["STOPPING"]["hovertext"])
    )
    assert traces["stopped tasks"]["hovertext"] == [
        "<b>service/api stopped tasks: 1</b><br>at 120s<br>the service was deleted"
    ]
    assert (
        "<b>task/2 app killed</b><br>at 115s<br>still running at its stopTimeout: SIGKILL"
        in traces["exited, not with 0"]["hovertext"]
    )


def test_a_lane_ends_at_stopped_or_now():
    """A stopped task's lane has an end; everything else goes on until the lab's present."""
    timeline = stories.healing()
    lanes = {lane.label: lane for lane in read(timeline, 200_000)}
    assert (lanes["task/2"].ended_ms, lanes["task/2"].spans[-1].end_ms) == (69_000, 69_000)
    assert (lanes["task/1"].ended_ms, lanes["task/1"].spans[-1].end_ms) == (None, 200_000)
    assert "0s to 200s" in show(lab_at(timeline, 200_000)).text
    assert "0s to 85s" in show(timeline).text


def test_an_exit_that_was_asked_for_is_no_trouble():
    """143 after SIGTERM is a container that listened; 137 is one that
    had to be killed; 1 is a crash.
    """
    lanes = {lane.label: lane for lane in read(stories.ailing(), 130_000)}
    assert not lanes["task/3"].trouble
    assert lanes["task/2"].trouble
    assert lanes["task/3"].notes == "app exit 143"


def test_since_and_until_cut_the_lanes():
    """Lengths of time after the lab began, or what `lab.now` answered;
    lanes outside the window are left out.
    """
    timeline = stories.healing()
    cut = show(timeline, since="70s", until="80s")
    assert set(rows(cut)) == {"service/web", "task/1", "task/4"}
    lab = lab_at(timeline, 85_000)
    assert show(lab, since=lab.now - timedelta(seconds=15), until="80s").text == cut.text


def test_services_and_tasks_can_be_chosen():
    """By name, with or without the noun in front, one or several."""
    timeline = stories.healing()
    assert set(rows(show(timeline, service="web"))) == {"service/web", "task/1", "task/2", "task/4"}
    assert set(rows(show(timeline, task="task/3"))) == {"task/3"}
    assert set(rows(show(timeline, task=["1", "task/3"]))) == {"task/1", "task/3"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"task": "task/9"},
            r"there is no task/9; the timeline has task/1, task/2, task/3, task/4\.",
        ),
        ({"service": "wob"}, r"there is no service 'wob'; the timeline has web\."),
        ({"since": "soon"}, "'soon' is not a point in lab time"),
        ({"since": "60s", "until": "30s"}, "nothing lies between 60s and 30s"),
        ({"since": Clock().now}, "a bare timeline has no calendar"),
    ],
)
def test_a_question_that_cannot_be_answered_shows_the_right_one(wrong, says):
    """Misuse of the lab is a LabError with the wrong line and the right line."""
    with pytest.raises(LabError, match=says) as told:
        show(stories.healing(), **wrong)
    assert "right:" in str(told.value)


def test_only_a_lab_or_a_timeline_can_be_shown():
    """A client is not a lab."""
    with pytest.raises(LabError, match="a list has no timeline"):
        show([])


def test_an_empty_timeline_says_so():
    """No axis, no plotly figure without lanes: one sentence."""
    picture = show(Timeline())
    assert (
        picture.text
        == "Tasks over lab time\n0s to 0s: nothing has happened to any task or service."
    )
    assert "nothing has happened" in ET.fromstring(picture.svg).get("aria-label")
    assert list(picture._repr_mimebundle_()) == ["image/svg+xml", "text/plain"]


def test_what_no_picture_knows_draws_nothing():
    """Clusters, task definitions and new words pass by; they are for `story`."""
    timeline = Timeline(
        [
            told(0, "cluster/default", "created"),
            told(5, "service/web", "sang"),
            told(5, "task/1", "danced"),
        ]
    )
    assert "nothing has happened" in show(timeline).text


def test_a_crowd_is_capped_with_those_in_trouble_first():
    """A note says what is left out and how to see it; the summary still counts everybody."""
    picture = show(stories.crowd(300), limit=5)
    assert set(rows(picture)) == {
        "service/web",
        "task/1",
        "task/2",
        "task/100",
        "task/200",
        "task/300",
    }
    note = (
        "5 of 300 tasks are drawn, those in trouble first, then the oldest; choose with "
        "service=, task=, since= or limit="
    )
    assert picture.text.splitlines()[-1] == note
    assert note in picture.svg
    assert note in json.dumps(picture.plotly)
    assert "300 tasks (297 RUNNING, 3 STOPPED)" in picture.text


def test_ten_tasks_fit_in_thirty_kilobytes():
    """A lesson has many pictures, and a notebook is kept in git."""
    account = Account()
    account.register(
        "web",
        {
            "name": "app",
            "image": "nginx",
            "healthCheck": {"command": ["CMD", "healthy"], "interval": 5},
        },
    )
    account.serve("web", "web", desired=5)
    account.advance(60)
    for task in account.call("ListTasks", serviceName="web")["taskArns"]:
        account.call("StopTask", task=task, reason="exercise")
    account.advance(120)
    picture = show(account.timeline)
    assert len(rows(picture)) == 11
    assert len(json.dumps(picture._repr_mimebundle_(), ensure_ascii=False).encode()) < 30_000


HOSTILE = "<script>alert(1)</script>&\"'\x00\x1b[31m\ud800"


def test_hostile_names_stay_text():
    """Names and reasons come from outside: nothing in them becomes
    markup, and XML stays well-formed.
    """
    timeline = ByHand()
    timeline.say(0, f"service/{HOSTILE}", "created", HOSTILE)
    timeline.say(0, "task/1", "RUNNING", HOSTILE, service=HOSTILE, definition=HOSTILE, zone=HOSTILE)
    timeline.say(1000, f"task/1/{HOSTILE}", "exited", HOSTILE, exit_code=1)
    timeline.say(2000, "task/1", "STOPPED", HOSTILE)
    picture = show(timeline, title=HOSTILE)
    drawn = ET.fromstring(picture.svg)
    assert not [element for element in drawn.iter() if "script" in element.tag]
    assert "<script" not in json.dumps(picture.plotly)
    assert not [
        c
        for c in "\x00\x1b\ud800"
        if c in picture.text + json.dumps(picture.plotly, ensure_ascii=False)
    ]
    assert len(picture.text.splitlines()) == len(show(timeline, title="x").text.splitlines())


def test_two_processes_draw_the_same_bytes():
    """No random id, no order of a set: hash seeds differ, pictures do not."""
    code = (
        "import json, stories; from ecslab.view.show import show; "
        "print(json.dumps(show(stories.ailing())._repr_mimebundle_()))"
    )
    path = f"{ROOT}:{ROOT / 'tests'}:{Path(__file__).parent}"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONPATH": path, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]


def test_pictures_need_no_plotly():
    """Text, SVG and the notebook's bundle are made where plotly is not installed."""
    code = (
        "import sys; sys.modules['plotly'] = None\n"
        "import stories; from ecslab.view.show import show\n"
        "print(sorted(show(stories.healing())._repr_mimebundle_()))"
    )
    path = f"{ROOT}:{ROOT / 'tests'}:{Path(__file__).parent}"
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": path},
    )
    assert (
        told.stdout.strip() == "['application/vnd.plotly.v1+json', 'image/svg+xml', 'text/plain']"
    )


def test_every_letter_means_one_thing():
    """The text form's key is unambiguous."""
    letters = (
        [status.letter for status in words.STATUSES.values()]
        + [words.STOPPED_LETTER]
        + [kind.letter for kind in words.MARK_KINDS]
    )
    assert sorted(letters) == sorted(set(letters))


def test_a_picture_until_then_tells_nothing_of_later():
    """`until` is the present of the picture: endings, notes and counts are those of that moment."""
    then = show(stories.healing(), until="30s")
    assert "3 tasks (1 PROVISIONING, 2 RUNNING); service/web steady" in then.text
    assert "exit" not in then.text + then.svg + json.dumps(then.plotly)
