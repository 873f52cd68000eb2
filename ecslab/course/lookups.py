"""What the questions of every exercise use: names for the hidden cases, words
for feedback, and what a task costs.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ecslab.billing import prices
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Listed, Text

Json = dict[str, Any]
_NAMES = ("shop", "orders", "blog", "radio", "atlas", "river", "lotus", "bamboo", "tiger", "comet")


def fresh_names(chance: Chance) -> Iterator[str]:
    """Names that no two things of one case share, in an order of the seed's."""
    pool = list(_NAMES)
    chance.stream("names").shuffle(pool)
    return iter(pool)


def listed(values: Any) -> str:
    """Several things in one line, in a fixed order."""
    told = sorted(value if isinstance(value, Text) else str(value) for value in values)
    return Listed(", ", told) or Text("none")


def usd_an_hour(region: str, vcpu: Fraction, gb: Fraction, *, spot: bool = False) -> Fraction:
    """What a task on Fargate costs: its size, for less on Spot, and its public
    address, which costs the same everywhere.
    """
    share = prices.spot_share(region).usd if spot else 1
    items = ("fargate.linux.x86_64.vcpu", "fargate.linux.x86_64.memory", "public_ipv4")
    for_vcpu, for_gb, address = (prices.look_up(item, region).usd for item in items)
    assert share is not None, "the sample knows what Spot costs"
    assert for_vcpu is not None, "… a vCPU"
    assert for_gb is not None, "… memory"
    assert address is not None, "… and an address"
    return (vcpu * for_vcpu + gb * for_gb) * share + address


def programs(scene: CaseAccount) -> dict[str, str]:
    """The digest of every tagged image in the account's registry, by its name, repository:tag."""
    ecr, found = scene.lab.client("ecr"), dict[str, str]()
    for repository in ecr.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        for image in ecr.describe_images(repositoryName=name)["imageDetails"]:
            found |= {f"{name}:{tag}": image["imageDigest"] for tag in image.get("imageTags", [])}
    return found


def other_programs(run: Run, before: dict[str, str]) -> Gap | None:
    """The gap of an account in which an image's tag leads to
    another program than before the call.
    """
    now = programs(run.scene)
    for name, digest in before.items():
        if now.get(name) != digest:
            got = (
                Text("somebody has pushed another program to its tag")
                if name in now
                else Text("its tag is gone")
            )
            return Gap(Text("the image {name} as it was", name=name), got)
    return None


def asked_service(run: Run) -> Json | None:
    """The service that the question names, as ECS describes it, or None."""
    return run.scene.service(run.given["cluster"], run.given["service"])


def containers_of(run: Run, service: Json | None) -> list[Json]:
    """The containers of the task definition that a described service runs."""
    if service is None:
        return []
    name = service["taskDefinition"]
    found = run.scene.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    return list(found["containerDefinitions"])


def instance_arns(scene: CaseAccount, cluster: str) -> list[str]:
    """The ARNs of a cluster's container instances."""
    return list(scene.ecs.list_container_instances(cluster=cluster)["containerInstanceArns"])


def newest_revision(run: Run, family: str, beyond: int = 0) -> Json | None:
    """The newest ACTIVE revision of a family with a number above `beyond`, or None."""
    arns = run.scene.ecs.list_task_definitions(familyPrefix=family, sort="DESC")[
        "taskDefinitionArns"
    ]
    if not arns:
        return None
    found: Json = run.scene.ecs.describe_task_definition(taskDefinition=arns[0])["taskDefinition"]
    return found if found["revision"] > beyond else None


def registered(run: Run) -> Json | None:
    """The newest revision of the family that the request names, or None."""
    return newest_revision(run, run.given["request"]["family"])


def no_revision(run: Run) -> Gap:
    """What to say when there is no such revision."""
    return Gap(
        Text("a revision of the family {family!r}", family=run.given["request"]["family"]),
        Text("no revision"),
    )
