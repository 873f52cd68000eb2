"""A third-party deployment controller, as a pipeline of Jenkins or any other
tool would run it: nothing but boto3.

It is the worked example for the EXTERNAL deployment controller (facts, section 7.3): ECS runs the
task sets, the pipeline decides. Each step is one call of AWS; `wait` is how the pipeline lets time
pass (`time.sleep` on AWS, `lab.advance` here).
"""

from collections.abc import Callable, Iterator
from typing import Any

STEADY_S = 600  # how long green may take
POLL_S = 15
STEPS = (10, 50, 100)  # percent of the traffic


class Pipeline:
    """Deploys revisions of one service behind one listener, by turns in two target groups."""

    def __init__(
        self,
        ecs: Any,
        elb: Any,
        *,
        cluster: str,
        service: str,
        listener: str,
        groups: tuple[str, str],
        wait: Callable[[float], None],
    ) -> None:
        self._ecs, self._elb, self._wait = ecs, elb, wait
        self._names = {"cluster": cluster, "service": service}
        self._listener, self._groups = listener, groups

    def release(
        self, definition: str, subnets: list[str], *, looks_good: Callable[[], bool] = lambda: True
    ) -> bool:
        """Create green, wait until it is steady, shift the listener step by
        step, make green primary, delete blue.

        `looks_good` is asked after every step; as soon as it does not hold all
        traffic goes back, and green goes.
        """
        blue = self._primary()
        blue_group = blue["loadBalancers"][0]["targetGroupArn"] if blue else self._groups[1]
        green_group = next(group for group in self._groups if group != blue_group)
        self._forward({blue_group: 100, green_group: 0})  # so that green's targets are checked
        green = self._create(definition, green_group, subnets)
        if not self._steady(green):
            return self._give_up(green, blue_group, green_group)
        for percent in STEPS:
            self._forward({blue_group: 100 - percent, green_group: percent})
            self._wait(60)
            if not looks_good():
                return self._give_up(green, blue_group, green_group)
        self._ecs.update_service_primary_task_set(**self._names, primaryTaskSet=green)
        if blue:
            self._delete(blue["id"])
        return True

    def _primary(self) -> dict[str, Any] | None:
        found = self._ecs.describe_services(
            cluster=self._names["cluster"], services=[self._names["service"]]
        )
        return next((s for s in found["services"][0]["taskSets"] if s["status"] == "PRIMARY"), None)

    def _create(self, definition: str, group: str, subnets: list[str]) -> str:
        made = self._ecs.create_task_set(
            **self._names,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
            },
            loadBalancers=[
                {"targetGroupArn": group, "containerName": "app", "containerPort": 8080}
            ],
            scale={"value": 100, "unit": "PERCENT"},
            externalId="pipeline",
        )
        return made["taskSet"]["id"]

    def _steady(self, task_set: str) -> bool:
        for _ in self._ticks():
            told = self._ecs.describe_task_sets(**self._names, taskSets=[task_set])["taskSets"][0]
            if told["stabilityStatus"] == "STEADY_STATE" and told["computedDesiredCount"]:
                return True
        return False

    def _ticks(self) -> Iterator[None]:
        for _ in range(STEADY_S // POLL_S):
            self._wait(POLL_S)
            yield

    def _forward(self, weights: dict[str, int]) -> None:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        self._elb.modify_listener(ListenerArn=self._listener, DefaultActions=[action])

    def _delete(self, task_set: str) -> None:
        scale = {"value": 0, "unit": "PERCENT"}
        self._ecs.update_task_set(**self._names, taskSet=task_set, scale=scale)
        self._ecs.delete_task_set(**self._names, taskSet=task_set)

    def _give_up(self, green: str, blue_group: str, green_group: str) -> bool:
        self._forward({blue_group: 100, green_group: 0})
        self._ecs.delete_task_set(**self._names, taskSet=green, force=True)
        return False
