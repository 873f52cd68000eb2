"""Services behind load balancers: targets registered, checked, drained;
what AWS says and what it refuses.
"""

import pytest
from account import Account
from behind_a_balancer import PORT, front, web

from ecslab.ecs.ports.balancers import Target
from ecslab.ground.errors import AwsError


@pytest.fixture
def account():
    """An account with a default cluster and the family "web", whose container listens on PORT."""
    account = Account()
    web(account)
    return account


def plain(account, name="web"):
    """The service's events, with the target group's ARN shortened too."""
    arn = next(iter(account.balancers.groups))
    return [m.replace(arn, "ARN").removeprefix("(service web) ") for m in account.messages(name)]


def test_a_service_comes_up_behind_a_load_balancer(account):
    """Facts, sections 5.7 and 11: registered when started, one success is
    enough, completed and steady once healthy.
    """
    group = account.balancers.make()
    account.serve("web", "web", 2, loadBalancers=front(group))
    account.advance(120)
    assert account.balancers.states(group) == ["healthy", "healthy"]
    assert plain(account) == [
        "has started 2 tasks: (task task/1) (task task/2).",
        "registered 2 targets in (target-group ARN)",
        "(deployment web:1) deployment completed.",
        "has reached a steady state.",
    ]
    assert account.story("task/1")[3:] == [
        (20.0, "target registered"),
        (20.0, "RUNNING"),
        (50.0, "target healthy"),
    ]
    assert account.story("service/web")[-1] == (60.0, "steady")
    assert account.service("web")["loadBalancers"] == front(group)


def test_a_rollout_drains_the_old_tasks_before_it_is_complete(account):
    """Facts, section 5.7: started, registered, stopped, ten seconds later deregistered
    and draining, then completed and steady.
    """
    group = account.balancers.make(deregistration_delay_s=30)
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(120)
    web(account, image="nginx:2")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(300)
    assert plain(account)[4:] == [
        "has started 1 tasks: (task task/2).",
        "registered 1 targets in (target-group ARN)",
        "has stopped 1 running tasks: (task task/1).",
        "deregistered 1 targets in (target-group ARN)",
        "(service web, taskSet web:1) has begun draining connections on 1 tasks.",
        "(deployment web:2) deployment completed.",
        "has reached a steady state.",
    ]
    kinds = {kind: at for at, kind in account.story("task/1")}
    assert kinds["target draining"] - kinds["stop wanted"] == 10
    assert kinds["STOPPING"] - kinds["target draining"] == 30
    completed = next(
        e.at_ms for e in reversed(list(account.timeline)) if e.kind == "deployment completed"
    )
    assert completed / 1000 >= kinds["STOPPING"]


def test_a_failed_check_replaces_the_task_in_aws_words(account):
    """Facts, sections 1.2, 5.3 and 11: the events name the code,
    the stopped task the target group.
    """
    group = account.balancers.make(interval_s=10, deregistration_delay_s=0)
    web(account, image=account.images.push("sick:1", unhealthy_after=100))
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(270)
    told = plain(account)
    unhealthy = (
        f"(task task/1) (port {PORT}) is unhealthy in (target-group ARN) due to (reason "
        "Health checks failed with these codes: [503])."
    )
    replaced = (
        "has started 1 tasks: (task task/2). Amazon ECS replaced 1 tasks due to an "
        "unhealthy status."
    )
    assert told.index(f"(service web) {unhealthy}".removeprefix("(service web) ")) < told.index(
        replaced
    )
    stopped = account.task(account.tasks_of("web", desiredStatus="STOPPED")[0])
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    assert stopped["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"


@pytest.mark.parametrize(
    ("image", "settings", "reason"),
    [
        ({"answers": 500}, {}, "Health checks failed with these codes: [500]"),
        ({"health_path": "/up"}, {}, "Health checks failed with these codes: [404]"),
        ({"answers_in": 6}, {}, "Request timed out"),
        ({"listens_on": 80}, {}, "Health checks failed"),
        ({"listens_on": PORT}, {"check_port": "9000"}, "Health checks failed"),
        ({"answers_after": 1000}, {}, "Health checks failed"),
    ],
)
def test_each_way_to_fail_has_its_reason(account, image, settings, reason):
    """Facts, sections 5.3 and 11: a wrong code, a late answer, nobody there."""
    group = account.balancers.make(interval_s=10, **settings)
    web(account, image=account.images.push("bad:1", **image))
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(50)
    (health,) = account.balancers.targets[group].values()
    assert (health.state, health.description) == ("unhealthy", reason)


def test_a_good_path_or_code_heals_without_a_deployment(account):
    """A learner who corrects the target group's health check sees the targets
    recover after the healthy threshold.
    """
    group = account.balancers.make(interval_s=10, healthy_threshold=3)
    web(account, image=account.images.push("up:1", health_path="/up"))
    account.serve("web", "web", 1, loadBalancers=front(group), healthCheckGracePeriodSeconds=600)
    account.advance(65)
    assert account.balancers.states(group) == ["unhealthy"]
    account.balancers.edit(group, check_path="/up")
    account.advance(20)
    assert account.balancers.states(group) == ["unhealthy"]
    account.advance(10)
    assert account.balancers.states(group) == ["healthy"]
    account.advance(20)
    assert "steady" in account.timeline.of("service/web").kinds()


def test_the_grace_period_keeps_a_slow_starter_alive(account):
    """Facts, sections 5.6 and 11: unhealthy checks are ignored for that long after the
    start; without it the task never gets there.
    """
    group = account.balancers.make(interval_s=10, healthy_threshold=2, deregistration_delay_s=0)
    web(account, image=account.images.push("slow:1", answers_after=90))
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(600)
    assert "steady" not in account.timeline.of("service/web").kinds()
    account.call("UpdateService", service="web", healthCheckGracePeriodSeconds=120)
    account.advance(300)
    assert account.timeline.of("service/web").kinds()[-1] == "steady"
    assert not [m for m in plain(account)[-3:] if "unhealthy" in m]


def test_an_idle_healthy_service_is_asked_nothing(account):
    """No alarm per check: a day behind a load balancer costs the
    reminders of the steady state only.
    """
    group = account.balancers.make()
    account.serve("web", "web", 5, loadBalancers=front(group))
    account.advance(120)
    rung = 0
    while account.plane.clock.next_due_ms() is not None and account.plane.clock.now_ms < 86_400_000:
        account.plane.clock.step()
        rung += 1
    assert rung <= 5


def test_several_groups_are_all_checked(account):
    """Facts, section 11: up to five target groups; a task is
    well when it is healthy in every one.
    """
    one, two = (
        account.balancers.make("one"),
        account.balancers.make("two", check_path="/up", interval_s=10),
    )
    web(account, image=account.images.push("odd:1", health_path="/"))
    account.serve("web", "web", 1, loadBalancers=front(one) + front(two))
    account.advance(55)
    assert (account.balancers.states(one)[0], account.balancers.states(two)[0]) == (
        "healthy",
        "unhealthy",
    )
    assert "steady" not in account.timeline.of("service/web").kinds()


def test_a_group_without_a_listener_is_checked_once_it_has_one(account):
    """Facts, section 11: Target.NotInUse; such a task counts as one that nobody checks."""
    group = account.balancers.make()
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.balancers.rules.clear()
    account.balancers.on_change()
    account.advance(100)
    assert account.balancers.targets[group][Target("10.0.0.4", PORT)].reason == "Target.NotInUse"
    assert account.timeline.of("service/web").kinds()[-1] == "steady"
    account.balancers.listen("web", {group: 1})
    assert account.balancers.states(group) == ["initial"]
    account.advance(31)
    assert account.balancers.states(group) == ["healthy"]


def test_what_is_taken_away_is_missed(account):
    """Facts, section 5.3: a target that somebody deregistered, and a group that
    somebody deleted, make the task unhealthy.
    """
    group = account.balancers.make(deregistration_delay_s=0)
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(120)
    account.balancers.take_out(group, Target("10.0.0.4", PORT))
    account.advance(120)
    told = plain(account)
    assert (
        "task set (web:1) (task task/1) is not healthy in target-group (ARN) due to TARGET IS "
        "NOT FOUND" in told
    )
    assert (
        "has started 1 tasks: (task task/2). Amazon ECS replaced 1 tasks due to an unhealthy "
        "status." in told
    )
    assert account.balancers.states(group) == ["healthy"]
    account.balancers.delete(group)
    account.advance(1)
    assert account.messages("web")[-1].endswith("due to TARGET GROUP IS NOT FOUND")


def test_a_container_that_exits_leaves_its_group_at_once(account):
    """Nobody is left to answer: the target is deregistered in the same second, and
    the task does not wait for the delay.
    """
    group = account.balancers.make()
    web(account, image=account.images.push("crash:1", exits_after=100, exit_code=1))
    account.serve("web", "web", 1, loadBalancers=front(group))
    account.advance(140)
    kinds = {kind: at for at, kind in account.story("task/1")}
    assert kinds["target draining"] == kinds["stop wanted"] == 120
    assert kinds["STOPPED"] < 140


def test_a_restarted_sidecar_is_checked_anew(account):
    """A container that is not essential and dies fails its checks; its restart is met by them."""
    group = account.balancers.make(interval_s=10, healthy_threshold=2)
    flaky = account.images.push("flaky:1", exits_after=60, exit_code=1, starts_in=25)
    account.register(
        "pair",
        {"name": "main", "image": "nginx"},
        {
            "name": "app",
            "image": flaky,
            "essential": False,
            "portMappings": [{"containerPort": PORT}],
            "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        },
    )
    account.serve("web", "pair", 1, loadBalancers=front(group), healthCheckGracePeriodSeconds=500)
    account.advance(240)
    seen = [kind for _, kind in account.story("task/1") if kind.startswith("target ")]
    assert seen[:4] == ["target registered", "target healthy", "target unhealthy", "target healthy"]


def test_update_service_adds_and_removes_groups_by_a_deployment(account):
    """Facts, section 5.6: loadBalancers start a deployment; each task
    keeps the groups of its own one.
    """
    group = account.balancers.make(deregistration_delay_s=0)
    account.serve("web", "web", 1)
    account.advance(120)
    account.call("UpdateService", service="web", loadBalancers=front(group))
    account.advance(200)
    assert account.balancers.states(group) == ["healthy"]
    account.call("UpdateService", service="web", loadBalancers=[])
    account.advance(200)
    assert account.balancers.states(group) == []
    assert account.timeline.of("service/web").kinds().count("deployment completed") == 3


def refused(account, groups, **more):
    """The text with which CreateService refuses."""
    with pytest.raises(AwsError) as error:
        account.serve("web", more.pop("family", "web"), 1, loadBalancers=groups, **more)
    assert account.call("ListServices")["serviceArns"] == []
    return f"{error.value.code}: {error.value.message}"


def test_create_service_refuses_what_cannot_be_registered(account):
    """Facts, sections 11, 15 and 17, in AWS's words."""
    group, other = account.balancers.make(), account.balancers.make("other", target_type="instance")
    lonely = account.balancers.make("lonely", listener=False)
    no = "InvalidParameterException: "
    assert refused(account, front(group, port=81)) == (
        no + "The container app did not have a container port 81 defined."
    )
    assert refused(account, front(group, container="nobody")) == (
        no + "The container nobody does not exist in the task definition."
    )
    assert refused(account, front(other)) == no + (
        f"The provided target group {other} has target type instance, "
        "which is incompatible with the awsvpc network mode specified in the task definition."
    )
    assert refused(account, front(lonely)) == no + (
        f"The target group with targetGroupArn {lonely} does not have an associated load balancer."
    )
    assert "target groups not found" in refused(account, front(group.replace("web", "gone")))
    assert refused(account, front(group) * 6) == no + "load balancers can have at most 5 items."
    assert "twice" in refused(account, front(group) * 2)
    assert "containerPort must be" in refused(
        account, [{"targetGroupArn": group, "containerName": "app"}]
    )
    both = [front(group)[0] | {"loadBalancerName": "classic"}]
    assert (
        refused(account, both)
        == no + "loadBalancerName and targetGroupArn cannot both be specified"
    )
    classic = [{"loadBalancerName": "classic", "containerName": "app", "containerPort": PORT}]
    assert refused(account, classic) == no + "Classic Load Balancers are not supported with Fargate"
    assert refused(account, front(group), role="ecsServiceRole") == (
        no + "You cannot specify an IAM role for services that require a service linked role."
    )


def test_classic_load_balancers_are_refused_with_awsvpc_and_not_simulated_elsewhere(account):
    """Facts, section 11: Classic LB not with awsvpc."""
    classic = [{"loadBalancerName": "classic", "containerName": "app", "containerPort": PORT}]
    ec2 = {"launchType": "EC2"}
    app = {"name": "app", "image": "nginx", "memory": 64, "portMappings": [{"containerPort": PORT}]}
    account.register("bridge", app, networkMode="bridge", requiresCompatibilities=["EC2"])
    account.register("own", app, requiresCompatibilities=["EC2"])
    assert "awsvpc" in refused(account, classic, family="own", **ec2)
    said = refused(account, classic, family="bridge", networkConfiguration={}, **ec2)
    assert said.startswith("UnsupportedFeatureException")
    group = account.balancers.make()
    said = refused(account, front(group), family="bridge", networkConfiguration={}, **ec2)
    assert "target type ip, which is incompatible with the bridge network mode" in said
