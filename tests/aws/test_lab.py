"""The lab itself: opening, time, the end, and what is said to whoever uses it wrongly."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

import pytest
from deployed import fargate
from told import told

from ecslab import Lab, LabError


def test_a_lab_hands_out_clients_and_resources_of_one_account():
    """Everything a lab hands out talks to its account; options are boto3's."""
    with Lab(region="eu-west-1", account="111122223333") as lab:
        made = lab.client("ecs").create_cluster(clusterName="prod")["cluster"]
        assert made["clusterArn"] == "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"
        bucket = lab.resource("s3").create_bucket(
            Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        assert bucket.name == "kept"
        assert lab.client("sts").get_caller_identity()["Account"] == "111122223333"
        assert (
            lab.client("ecs", "us-west-2").meta.region_name
            == lab.client("ecs", region_name="us-west-2").meta.region_name
            == "us-west-2"
        )
        assert (
            lab.client("ecs").meta.region_name
            == lab.resource("ec2").meta.client.meta.region_name
            == "eu-west-1"
        )


def test_a_lab_says_where_it_stands(lab):
    """Its repr tells account, region, time and what is in it."""
    lab.client("ecs").create_cluster()
    lab.advance("90s")
    assert (
        repr(lab)
        == "<Lab 123456789012 in us-east-1, 2026-01-05 09:01:30 UTC, 90 s after it began: "
        "clusters 1, services 0, tasks 0>"
    )
    lab.close()
    assert repr(lab) == "<Lab 123456789012, closed>"


@pytest.mark.parametrize("duration", ["90s", "1m30s", 90, 90.0, timedelta(seconds=90)])
def test_time_moves_by_what_is_asked(lab, duration):
    """A text with units, seconds, or a timedelta."""
    lab.advance(duration)
    assert lab.now == datetime(2026, 1, 5, 9, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "duration",
    [-1, "-5s", "5 parsecs", "", None, "soon", timedelta(seconds=-1), float("nan"), True],
)
def test_a_length_of_time_that_is_none_is_refused(lab, duration):
    """With the wrong line and the right line, and without time moving."""
    with pytest.raises(LabError) as caught:
        lab.advance(duration)
    assert f"wrong:  lab.advance({duration!r})" in str(caught.value)
    assert 'right:  lab.advance("' in str(caught.value)
    assert lab.clock.now_ms == 0


def test_until_stops_at_the_instant_at_which_something_became_true(lab):
    """It goes from event to event, so it stops neither early nor late."""
    rung = []
    for at_ms in (500, 1_200, 1_200, 9_000):
        lab.clock.after(at_ms, lambda: rung.append(lab.clock.now_ms))
    lab.until(lambda: len(rung) >= 2)
    assert (rung, lab.clock.now_ms) == ([500, 1_200, 1_200], 1_200)


def test_until_does_not_move_time_for_what_is_true_already(lab):
    """Nothing to wait for."""
    lab.until(lambda: True)
    assert lab.clock.now_ms == 0


def test_until_gives_up_in_words(lab):
    """At the timeout, with the last lines of the timeline; the last instant still counts."""
    lab.timeline.append(told(0, "service/web", "deploying", "somebody asked"))
    with pytest.raises(
        LabError, match=r"not become true within 5m(?s:.*)service/web +deploying +somebody asked"
    ):
        lab.until(lambda: False, timeout="5m")
    assert lab.clock.now_ms == 300_000
    lab.until(lambda: lab.clock.now_ms == 360_000, timeout="1m")


def test_until_wants_a_function(lab):
    """A condition that was worked out beforehand never changes."""
    with pytest.raises(LabError, match=r"right:  lab.until\(lambda"):
        lab.until(False)  # noqa: FBT003 - the mistake


def test_an_error_in_a_condition_is_the_learner_s(lab):
    """It comes out as it is."""
    with pytest.raises(ZeroDivisionError):
        lab.until(lambda: 1 / 0)


def test_an_empty_account_is_settled(lab):
    """Nothing to wait for."""
    lab.settle()
    assert lab.clock.now_ms == 0


def test_an_account_is_settled_when_its_services_are_steady(lab):
    """Nothing is on its way, and the reminders that ECS repeats for ever are not waited for."""
    ecs, _ = fargate(lab, desired=3, starts_in=30)
    lab.settle()
    service = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    assert (service["runningCount"], service["pendingCount"]) == (3, 0)
    assert service["events"][0]["message"] == "(service web) has reached a steady state."
    assert 30_000 < lab.clock.now_ms < 600_000
    lab.settle()


def test_an_account_is_settled_when_a_service_has_said_why_it_cannot_be_steady(lab):
    """Without an instance nothing will come of it, whatever time passes (facts, section 5.3)."""
    ecs, _ = fargate(lab, desired=0)
    app = {"name": "app", "image": "nginx", "memory": 128}
    ecs.register_task_definition(family="old", containerDefinitions=[app])
    ecs.create_service(cluster="prod", serviceName="old", taskDefinition="old", desiredCount=1)
    lab.settle()
    assert (
        ecs.describe_services(cluster="prod", services=["old"])["services"][0]["runningCount"] == 0
    )
    assert "placement failed" in lab.timeline.kinds()


def test_a_service_that_tries_again_later_has_not_settled(lab):
    """A throttled service waits for up to 27 minutes, and then
    starts a task (facts, section 5.2).
    """
    fargate(lab, desired=1)
    lab.client("ecr").batch_delete_image(repositoryName="web", imageIds=[{"imageTag": "1"}])
    with pytest.raises(
        LabError, match="Still under way: service/web starts no task before its throttle ends"
    ):
        lab.settle()


def test_a_deleted_service_has_settled_when_it_is_inactive(lab):
    """Its tasks are gone then, and so is what keeps its cluster from
    being deleted (facts, section 5.1).
    """
    ecs, _ = fargate(lab, desired=2)
    lab.settle()
    ecs.delete_service(cluster="prod", service="web", force=True)
    lab.settle()
    assert (
        ecs.describe_services(cluster="prod", services=["web"])["services"][0]["status"]
        == "INACTIVE"
    )
    assert ecs.list_tasks(cluster="prod")["taskArns"] == []
    assert ecs.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"


def test_settling_is_given_up_in_words(lab):
    """A task that runs, crashes and is replaced again and again never
    settles; the timeline says what goes on.
    """
    fargate(lab, desired=1, exits_after=20, exit_code=1)
    with pytest.raises(LabError, match=r"did not settle within 20m(?s:.*)service/web"):
        lab.settle(limit="20m")
    assert lab.clock.now_ms == 1_200_000


class Tide(str, Enum):  # noqa: UP042 - the kind that Pythons print differently
    """A seed from a list of one's own."""

    HIGH = "high"


class Number:
    """A whole number of some other library's."""

    def __index__(self):
        return 7


class Numbers:
    """An array: of one number it would be an index."""

    def __index__(self):
        raise TypeError("only arrays of one number can be an index")


@pytest.mark.parametrize(
    "seed",
    [
        object(),
        Number,
        {1, 2},
        frozenset("ab"),
        0.5,
        float("nan"),
        None,
        True,
        b"7",
        (1, 2),
        Numbers(),
        "\ud800",
    ],
    ids=lambda seed: type(seed).__name__,
)
def test_a_seed_that_is_not_the_same_on_every_run_is_refused(seed):
    """An object's text has its address, a set's the order of hashes; what is neither
    number nor text is asked to become one.
    """
    with pytest.raises(
        LabError, match=r"a seed is a whole number or a text(?s:.*)right:  Lab\(seed=7\)"
    ):
        Lab(seed=seed)


@pytest.mark.parametrize(
    ("seed", "same"), [(Number(), 7), (Tide.HIGH, "high"), ("7", 7), (-1, "-1")]
)
def test_a_seed_is_the_number_or_the_text_that_it_stands_for(seed, same):
    """Whatever its class prints."""
    ids = []
    for begin in (seed, same):
        with Lab(seed=begin) as lab:
            ids.append(lab.client("ecs").create_cluster()["ResponseMetadata"]["RequestId"])
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "us-weast-1"}, r"no region 'us-weast-1'; near it are us-west-1"),
        ({"region": "eu-west"}, r"near it are eu-west-"),
        ({"region": "mars"}, r"no region 'mars'"),
        ({"region": "aws-global"}, r"no region 'aws-global'"),
        ({"account": "12"}, r"has twelve digits|have twelve digits"),
        ({"start": "yesterday"}, r"not a moment"),
    ],
)
def test_a_lab_that_cannot_be_is_refused_in_words(options, words):
    """With the wrong line and the right line."""
    with pytest.raises(LabError, match=words) as caught:
        Lab(**options)
    name, value = next(iter(options.items()))
    assert f"wrong:  Lab({name}={value!r})" in str(caught.value)
    assert f"right:  Lab({name}=" in str(caught.value)


def test_two_labs_never_have_one_account():
    """Asking for an account that is open is a mistake; without asking, each lab gets its own."""
    with Lab() as one, Lab() as two:
        assert [one.account, two.account] == ["123456789012", "123456789013"]
        with pytest.raises(LabError, match=r"open already(?s:.*)right:  Lab\(\)"):
            Lab(account=one.account)
    with Lab() as again:
        assert again.account == "123456789012"


def test_a_story_starts_when_it_is_told_to():
    """Any moment; a naive one is UTC."""
    with Lab(start=datetime(2030, 1, 1)) as lab:  # noqa: DTZ001 - naive on purpose
        assert lab.now == datetime(2030, 1, 1, tzinfo=UTC)
    with Lab(start=datetime(2030, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) as lab:
        assert lab.now == datetime(2030, 1, 1, tzinfo=UTC)
        assert lab.now.tzinfo is UTC


@pytest.mark.parametrize(
    "use",
    [
        lambda lab: lab.advance(1),
        lambda lab: lab.until(lambda: True),
        lambda lab: lab.settle(),
        lambda lab: lab.client("ecs"),
        lambda lab: lab.resource("ec2"),
        lambda lab: lab.plane(),
        lambda lab: lab.images,
        lambda lab: lab.serve(),
        lambda lab: lab.__enter__(),
    ],
)
def test_a_closed_lab_says_that_it_is_closed(use):
    """What happened, the wrong line, the right line."""
    lab = Lab()
    lab.close()
    with pytest.raises(LabError, match=r"has been closed(?s:.*)wrong:(?s:.*)right:"):
        use(lab)


def test_the_story_can_still_be_read_when_the_lab_is_closed():
    """Pictures and checks look at the timeline afterwards."""
    with Lab() as lab:
        lab.advance(1)
        lab.timeline.append(told(1000, "task/1", "RUNNING"))
    lab.close()
    assert (lab.clock.now_ms, lab.timeline.kinds()) == (1000, ["RUNNING"])


def test_a_lab_s_endpoints_close_with_it():
    """Neither a thread nor a listening socket outlives the lab."""
    threads = set(threading.enumerate())
    with Lab() as lab:
        endpoint = lab.serve()
    assert set(threading.enumerate()) == threads
    assert "closed" in repr(endpoint)


def test_a_lab_closes_even_when_its_block_fails():
    """And the failure is not hidden."""
    with pytest.raises(ZeroDivisionError), Lab() as lab:
        raise ZeroDivisionError
    assert "closed" in repr(lab)


def test_importing_the_lab_does_not_load_moto_s_services():
    """EC2's models cost most of a second: they wait until somebody needs a network."""
    import subprocess
    import sys

    code = (
        "import sys\nfrom ecslab import Lab\nwith Lab() as lab:\n"
        "    lab.client('ecs').create_cluster()\n"
        "    print([m for m in ('moto.ec2', 'moto.ecs', 'moto.iam', 'plotly', 'IPython') if m "
        "in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path)},
        ).stdout
        == "[]\n"
    )


def test_a_client_of_a_region_that_is_not_there_is_refused_at_once(lab):
    """With names that are near, before any request is made."""
    with pytest.raises(LabError, match="AWS has no region 'us-est-1'; near it are us-"):
        lab.client("ecs", region_name="us-est-1")
