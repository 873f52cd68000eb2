"""What ARCHITECTURE.md says under "To add …", done: each example is written to a folder of
its own, beside the room that it extends, and works.
"""

import importlib
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from account import Account
from capacity_fleet import APP
from capacity_fleet import Fleet as Instances

import ecslab
from ecslab.autoscaling.decision import ServiceSituation, bounded
from ecslab.autoscaling.policies import policy
from ecslab.course import catalogue
from ecslab.ecs.deployments.fleet import Copy, Fleet, Rollout
from ecslab.ecs.deployments.strategies import names, strategy
from ecslab.timeline.tasks import ContainerRestarted, TaskPending

TEXT = (Path(ecslab.__file__).parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", TEXT, flags=re.DOTALL))


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Writes one example beside its room, as if the file lay there; gone after the test."""
    made = []

    def add(path):
        room = importlib.import_module("ecslab." + str(Path(path).parent).replace("/", "."))
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(EXAMPLES[path], encoding="utf-8")
        monkeypatch.setattr(room, "__path__", [*room.__path__, str(file.parent)])
        made.append(f"{room.__name__}.{file.stem}")
        return file

    yield add
    for name in made:
        sys.modules.pop(name, None)
    forget()


def forget():
    """Have the catalogue look for its questions again."""
    catalogue.exercises.cache_clear()
    catalogue.questions.cache_clear()


def test_every_example_is_performed():
    """An example that nobody runs is wrong after a year."""
    tried = Path(__file__).read_text(encoding="utf-8")
    assert len(EXAMPLES) >= 6
    assert [path for path in EXAMPLES if f'"{path}"' not in tried] == []


def test_a_placement_strategy_is_one_file(added):
    """It chooses the instance, and says why; RunTask takes it by its name."""
    added("ecs/placement/strategies/even.py")
    fleet = Instances()
    for kind in ("r5.large", "c5.large", "m5.large"):  # 2 vCPUs, and 16, 4 or 8 GiB
        fleet.plane.neighbours.machines.launch(type=kind)
    fleet.boot()
    fleet.define("web", cpu=128, memory=64)
    asked = {"taskDefinition": "web", "launchType": "EC2", "placementStrategy": [{"type": "even"}]}
    (task,) = fleet.call("RunTask", **asked)["tasks"]
    instance = task["containerInstanceArn"]
    found = fleet.call("DescribeContainerInstances", containerInstances=[instance])
    chosen = {a["name"]: a.get("value") for a in found["containerInstances"][0]["attributes"]}
    assert chosen["ecs.instance-type"] == "c5.large"
    (line,) = fleet.timeline.where(TaskPending)
    assert re.fullmatch(r"CPU units and MiB left are [\d,]+ apart", line.why)


def test_a_scaling_policy_is_one_file(added):
    """Found by its AWS value; the bounds around it are everybody's."""
    added("autoscaling/policies/doubling_scaling.py")
    now = ServiceSituation(
        running=6, desired=6, minimum=1, maximum=10, value=90, threshold=50, above=True
    )
    decision = policy("DoublingScaling").decide(now, {})
    assert (decision.wanted, str(decision.why)) == (12, "twice the 6 that run")
    assert bounded(decision, now).to == now.maximum


def test_a_picture_is_one_file(added):
    """The front door has it, and lists it, and it draws an account's timeline."""
    added("view/restarts.py")
    assert "restarts" in ecslab.__all__
    account = Account()
    image = account.images.push("crash:1", exits_after=70, exit_code=1)
    restarts = {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}}
    account.register("crash", APP | restarts | {"image": image})
    account.run("crash")
    account.advance(600)
    picture, told = ecslab.restarts(account), account.timeline.where(ContainerRestarted)
    assert len(told) > 0
    assert str(picture) == f"{told[0].subject}: {len(told)} times"
    assert picture.svg.count("<rect") == 2, "the card, and a bar"


def test_a_deployment_strategy_that_shifts_traffic_is_one_file(added):
    """Its steps are taken one after another, on the way that all of them go."""
    added("ecs/deployments/strategies/halves.py")
    assert names()[-1] == "HALVES"
    old, new = (Copy(name, name, running=True, healthy=True) for name in ("old", "new"))
    rollout = Rollout(stage="PRE_PRODUCTION_TRAFFIC_SHIFT", source="old", test=1000)
    fleet = Fleet(1, "new", (old, new), 100, 200, rollout=rollout)
    first = strategy("HALVES")(fleet).shift
    assert (first.stage, first.production, first.step) == ("PRODUCTION_TRAFFIC_SHIFT", 500, 1)
    watched = replace(rollout, stage=first.stage, production=500, step=1, stage_ms=299_000)
    assert strategy("HALVES")(replace(fleet, rollout=watched)).again_ms == 1_000
    again = replace(watched, stage=rollout.stage)
    assert strategy("HALVES")(replace(fleet, rollout=again)).shift.production == 1000


def test_a_question_is_a_module_and_a_text_file(added):
    """The catalogue finds it, in its place; check tries an answer, and says what is wrong."""
    added("course/ex01_first_service/cluster.toml")
    added("course/ex01_first_service/cluster.py")
    forget()
    assert list(catalogue.questions())[5] == "01-cluster"

    def make_cluster(lab, name):
        lab.client("ecs").create_cluster(clusterName=name)

    def another(lab, _name):
        lab.client("ecs").create_cluster(clusterName="web")

    assert ecslab.check("01-cluster", make_cluster).points == 1
    wrong = ecslab.check("01-cluster", another)
    assert (wrong.points, wrong.mistake) == (0, "another-name")
    assert "no such cluster" in str(wrong)
