"""The vocabulary of tests about deployments that shift traffic: a service in two
target groups, and its next revision.
"""

from typing import Any

from account import Account
from behind_a_balancer import PORT, web
from fakes import ACCOUNT, REGION

ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
RULE, TEST_RULE = (
    f"{ELB}:listener-rule/app/front/1/2/production",
    f"{ELB}:listener-rule/app/front/1/2/test",
)
INFRASTRUCTURE = f"arn:aws:iam::{ACCOUNT}:role/ecsInfrastructureRole"
HOOK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsHookRole"
CHECK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
CONFIGS: dict[str, dict[str, Any]] = {
    "ROLLING": {},
    "BLUE_GREEN": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5},
    "LINEAR": {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": 5,
        "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 2},
    },
    "CANARY": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 5,
        "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 3},
    },
}


class TwoColours:
    """A steady service `web` of two tasks in the group blue, with green beside
    it, and a family for its next revision.
    """

    def __init__(self, strategy: str = "BLUE_GREEN", *, first: bool = False, **more: Any) -> None:
        self.account = Account()
        self.elb = self.account.plane.neighbours.balancers
        self.code = self.account.plane.neighbours.functions.code
        self.blue = self.elb.make("blue", listener=False, deregistration_delay_s=0)
        self.green = self.elb.make("green", listener=False, deregistration_delay_s=0)
        self.elb.rules[RULE] = {self.blue: 100, self.green: 0}
        self.elb.rules[TEST_RULE] = {self.blue: 100, self.green: 0}
        self.config = CONFIGS[strategy] | more.pop("config", {})
        web(self.account)
        begin = "ROLLING" if not first else strategy
        self.account.serve(
            "web",
            "web",
            2,
            loadBalancers=[self.balancer()],
            deploymentConfiguration=CONFIGS[begin] if not first else self.config,
        )
        if not first:
            self.account.advance(300)
            self.account.call("UpdateService", service="web", deploymentConfiguration=self.config)

    def balancer(self) -> dict[str, Any]:
        """The service's load balancer, with the other group and both rules."""
        return {
            "targetGroupArn": self.blue,
            "containerName": "app",
            "containerPort": PORT,
            "advancedConfiguration": {
                "alternateTargetGroupArn": self.green,
                "productionListenerRule": RULE,
                "testListenerRule": TEST_RULE,
                "roleArn": INFRASTRUCTURE,
            },
        }

    def deploy(self, image: str = "nginx:2", seconds: float = 0, **more: Any) -> str:
        """Deploy the next revision; its service deployment's ARN."""
        web(self.account, image, **more)
        self.account.call("UpdateService", service="web", taskDefinition="web")
        arn = self.account.service("web")["currentServiceDeployment"]
        self.account.advance(seconds)
        return arn

    def until(self, stage: str, arn: str, limit: int = 600) -> None:
        """Let time pass until a deployment has come to a stage."""
        for _ in range(limit):
            if self.work(arn).get("lifecycleStage") == stage:
                return
            self.account.advance(10)
        raise AssertionError(f"never came to {stage}:\n{self.account.timeline}")

    def work(self, arn: str) -> dict[str, Any]:
        """A service deployment, described."""
        return self.account.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ][0]

    def production(self) -> tuple[int, int]:
        """The production rule's weights of blue and green."""
        return self.elb.rules[RULE][self.blue], self.elb.rules[RULE][self.green]

    def test(self) -> tuple[int, int]:
        """The test rule's weights of blue and green."""
        return self.elb.rules[TEST_RULE][self.blue], self.elb.rules[TEST_RULE][self.green]

    def story(self, since_ms: int = 0) -> str:
        """The lines about the service and the deployment's way, from a time on."""
        lines = self.account.timeline.since(since_ms).of("service/web")
        return "\n".join(map(str, lines)) + "\n"


def hook(*stages: str, **more: Any) -> dict[str, Any]:
    """A Lambda hook that calls `check`."""
    return {"hookTargetArn": CHECK, "roleArn": HOOK_ROLE, "lifecycleStages": list(stages)} | more


def pause(*stages: str, **more: Any) -> dict[str, Any]:
    """A pause hook."""
    return {"targetType": "PAUSE", "lifecycleStages": list(stages)} | more
