"""03-apart: a service whose copies never share an instance, on
instances that carry an attribute.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex03_placement import setting as scenery
from ecslab.course.lookups import asked_service, fresh_names, instance_arns
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_TIME = "5m"


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("apart"), fresh_names(chance)
    yield _case("shop", "web", "disk", ("ssd", "hdd"), allowed=3, others=2, copies=2)
    allowed = draw.randint(3, 4)
    attribute, values = draw.choice(
        (("stack", ("blue", "green")), ("team", ("red", "grey")), ("rack", ("r7", "r8")))
    )
    yield _case(
        next(names), next(names), attribute, values, allowed=allowed, others=3, copies=allowed
    )


def _case(
    cluster: str,
    service: str,
    attribute: str,
    values: tuple[str, str],
    *,
    allowed: int,
    others: int,
    copies: int,
) -> Case:
    """Some instances have the asked value, some another one, one has none at all."""
    facts: Json = {"allowed": allowed}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        scene.instances(cluster, others, **{attribute: values[1]})
        facts["right"] = scene.instances(cluster, allowed, **{attribute: values[0]})
        scene.instances(cluster, 1)
        facts["machines"] = instance_arns(scene, cluster)
        return {
            "cluster": cluster,
            "service": service,
            "definition": scenery.define(scene, f"{service}-app", 128, 256),
            "copies": copies,
            "attribute": attribute,
            "value": values[0],
        }

    return Case(arrange, then=_TIME, facts=facts)


def _tasks(run: Run) -> list[Json]:
    """The tasks of the asked service that run now."""
    return [t for t in scenery.running(run) if t["group"] == f"service:{run.given['service']}"]


def _missing(run: Run) -> Gap | None:
    if asked_service(run):
        return None
    there = ", ".join(s["serviceName"] for s in run.scene.services(run.given["cluster"])) or Text(
        "none"
    )
    return Gap(
        Text("a service {service}", service=run.given["service"]),
        Text("services in the cluster: {there}", there=there),
    )


def _copies_run(run: Run) -> Gap | None:
    copies, there = run.given["copies"], _tasks(run)
    if gap := _missing(run):
        return gap
    if len(there) == copies and {scenery.name(t) for t in there} == {run.given["definition"]}:
        return None
    return Gap(
        Text(
            "{copies} tasks of {definition} run", copies=copies, definition=run.given["definition"]
        ),
        Text("{count} run{last_words}", count=len(there), last_words=_last_words(run)),
    )


def _last_words(run: Run) -> str:
    """The service's newest event, when it says that there is no place."""
    service = asked_service(run)
    said = service["events"][0]["message"] if service and service["events"] else ""
    return Text("; the service says: {said}", said=said) if "unable" in said else ""


def _alone(run: Run) -> Gap | None:
    together = max(scenery.by_machine(_tasks(run)).values(), default=0)
    if together == 1:
        return None
    if not together:
        return _missing(run) or Gap(Text("copies on instances of their own"), Text("no copy runs"))
    return Gap(
        Text("one copy on an instance at the most"),
        Text("{together} copies on one instance", together=together),
    )


def _where_allowed(run: Run) -> Gap | None:
    tasks = _tasks(run)
    if not tasks:
        return _missing(run) or Gap(Text("copies on the right instances"), Text("no copy runs"))
    if gap := scenery.other_machines(run, run.facts["machines"]):
        return gap
    attribute, value = run.given["attribute"], run.given["value"]
    found = run.scene.ecs.describe_container_instances(
        cluster=run.given["cluster"], containerInstances=list(scenery.by_machine(tasks))
    )["containerInstances"]
    for instance in found:
        has = {a["name"]: a.get("value") for a in instance["attributes"]}
        if has.get(attribute) != value:
            got = (
                Text("one with {attribute} {has}", attribute=attribute, has=has[attribute])
                if attribute in has
                else Text("one without {attribute}", attribute=attribute)
            )
            return Gap(
                Text("only instances with {attribute} {value}", attribute=attribute, value=value),
                got,
            )
        if instance["containerInstanceArn"] not in run.facts["right"]:
            return Gap(
                Text(
                    "only instances that had {attribute} {value} before the call",
                    attribute=attribute,
                    value=value,
                ),
                Text("one that got it in the call"),
            )
    return None


def _never_together(run: Run) -> Gap | None:
    """The check plays the world here: it wants one copy more than there are instances for."""
    if gap := _missing(run):
        return gap
    allowed = run.facts["allowed"]
    run.scene.ecs.update_service(
        cluster=run.given["cluster"], service=run.given["service"], desiredCount=allowed + 1
    )
    run.lab.advance(_TIME)
    if gap := _alone(run) or _where_allowed(run):
        return gap
    there = len(_tasks(run))
    return (
        None
        if there == allowed
        else Gap(
            Text("{allowed} of the {allowed_2} copies run", allowed=allowed, allowed_2=allowed + 1),
            Text("{there} run", there=there),
        )
    )


def _constraints(run: Run) -> list[Json]:
    service = asked_service(run)
    return list(service["placementConstraints"]) if service else []


def _types(run: Run) -> set[str]:
    return {constraint["type"] for constraint in _constraints(run)}


def _without(kind: str) -> Any:
    return lambda run: asked_service(run) is not None and kind not in _types(run)


def _another_value(run: Run) -> bool:
    """The expression does not hold what the function was given."""
    said = [c.get("expression", "") for c in _constraints(run) if c["type"] == "memberOf"]
    return bool(said) and not any(
        run.given["value"] in text and run.given["attribute"] in text for text in said
    )


def _strategy_only(run: Run) -> bool:
    service = asked_service(run)
    strategies = service["placementStrategy"] if service else []
    by_instance = any(s.get("field", "").lower() in {"instanceid", "host"} for s in strategies)
    return by_instance and "distinctInstance" not in _types(run)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "tasks-instead-of-a-service": lambda run: (
            asked_service(run) is None and bool(scenery.running(run))
        ),
        "values-written-down": _another_value,
        "strategy-instead-of-constraint": _strategy_only,
        "anywhere": _without("memberOf"),
        "together": _without("distinctInstance"),
    },
)

QUESTION = Question(
    id="03-apart",
    function="apart",
    title="Never two on one instance",
    look=scenery.CONSTRAINTS,
    cases=_cases,
    points=(
        Point("The asked number of copies runs.", _copies_run),
        Point("Each copy has an instance of its own.", _alone),
        Point("All of them are on instances with the asked attribute.", _where_allowed),
        Point(
            "When more copies are wanted than there are such instances, these promises still hold.",
            _never_together,
        ),
    ),
    texts=_TEXTS,
)
