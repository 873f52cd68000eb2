"""02-access: a password that is not written down, logs that arrive, and each role in its place."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex02_task_definitions import setting as scenery
from ecslab.course.lookups import fresh_names, listed, no_revision, registered
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_PASSWORD = "lotus-42-river"  # noqa: S105 - of a database that does not exist
_LINE = "listening"  # what the program prints
_MODE = "production"


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("access"), fresh_names(chance)
    yield _case("shop", "DB_PASSWORD", "/shop/web")
    app = next(names)
    yield _case(
        app,
        draw.choice(("API_KEY", "TOKEN", "MAIL_PASSWORD")),
        f"/{next(names)}/{draw.randrange(10, 99)}",
    )


def _case(app: str, variable: str, group: str) -> Case:
    """The password stands in the request in plain text, nothing is logged, and there is no role."""
    facts: Json = {"app": app}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.lab.client("logs").create_log_group(logGroupName=group)
        secret = scene.lab.client("secretsmanager").create_secret(
            Name=f"{app}/{variable}", SecretString=_PASSWORD
        )
        variables = {"MODE": _MODE, variable: _PASSWORD}
        container = {
            "name": app,
            "image": scene.images.push(f"{app}:1", prints=f"{_LINE} on 8080"),
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": name, "value": value} for name, value in variables.items()],
        }
        request = {
            "family": app,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        }
        facts["image"] = container["image"]
        return {
            "request": request,
            "variable": variable,
            "secret": secret["ARN"],
            "group": group,
            "execution_role": scene.execution_role,
            "task_role": scene.role(f"{app}-task"),
        }

    return Case(arrange, facts=facts)


def _container(run: Run) -> Json:
    """The one container of the newest revision, or an empty dictionary."""
    return scenery.container(registered(run), run.facts["app"]) or {}


def _written(run: Run) -> bool:
    """Whether the password can be read in the newest revision."""
    return _PASSWORD in str(registered(run))


def _secret(run: Run) -> Gap | None:
    if registered(run) is None:
        return no_revision(run)
    variable, secret = run.given["variable"], run.given["secret"]
    if _written(run):
        return Gap(
            Text("a definition in which the password cannot be read"),
            Text("the password stands in it"),
        )
    secrets = {s["name"]: s["valueFrom"] for s in _container(run).get("secrets", [])}
    if str(secrets.get(variable, "")).startswith(secret):
        return None
    return Gap(
        Text(
            "the variable {variable} comes from the secret {secret}",
            variable=variable,
            secret=secret,
        ),
        Text("secrets: {secrets}", secrets=secrets or Text("none")),
    )


def _roles(run: Run) -> Gap | None:
    found = registered(run)
    if found is None:
        return no_revision(run)
    for member, argument in (("executionRoleArn", "execution_role"), ("taskRoleArn", "task_role")):
        if found.get(member) != run.given[argument]:
            return Gap(
                Text("{member} is the argument {argument}", member=member, argument=argument),
                found[member] if member in found else Text("no {member}", member=member),
            )
    return None


def _logged(run: Run) -> Gap | None:
    found = registered(run)
    if found is None:
        return no_revision(run)
    group = run.given["group"]
    task = scenery.tried(run, found, "3m")
    if isinstance(task, Gap):
        return task
    streams = run.lab.client("logs").filter_log_events(logGroupName=group)["events"]
    number = str(task["taskArn"]).rpartition("/")[2]  # ECS puts it at the end of the stream's name
    told = [event for event in streams if event["logStreamName"].endswith(number)]
    if any(_LINE in event["message"] for event in told):
        return None
    reason = (
        Text(
            "; the task is {last_status}: {stopped_reason}",
            last_status=task["lastStatus"],
            stopped_reason=task["stoppedReason"],
        )
        if "stoppedReason" in task
        else ""
    )
    return Gap(
        Text("what the program prints arrives in the log group {group}", group=group),
        Text("{count} lines in it{reason}", count=len(told), reason=reason),
    )


def _works(run: Run) -> Gap | None:
    found = registered(run)
    if found is None:
        return no_revision(run)
    container = _container(run)
    ports = [mapping["containerPort"] for mapping in container.get("portMappings", [])]
    variables = {v["name"]: v["value"] for v in container.get("environment", [])}
    if ports != [8080] or "MODE" not in variables:
        return Gap(
            Text("the port 8080 and the variable MODE are still there"),
            Text(
                "ports: {ports}; variables: {variables}",
                ports=listed(ports),
                variables=listed(variables),
            ),
        )
    if variables["MODE"] != _MODE:
        return Gap(
            Text("the variable MODE is {mode!r}, as before", mode=_MODE), repr(variables["MODE"])
        )
    if container["image"] != run.facts["image"]:
        return Gap(Text("the image {image}", image=run.facts["image"]), container["image"])
    return scenery.runs(run, found)


def _as_value(run: Run) -> bool:
    """The address of the secret is the value of the variable."""
    variables = {v["name"]: v["value"] for v in _container(run).get("environment", [])}
    return str(variables.get(run.given["variable"], "")).startswith("arn:aws:secretsmanager:")


def _without_arn(run: Run) -> bool:
    return any(not s["valueFrom"].startswith("arn:") for s in _container(run).get("secrets", []))


def _role(run: Run, member: str) -> Any:
    return (registered(run) or {}).get(member)


def _log(run: Run) -> Json:
    found: Json = _container(run).get("logConfiguration") or {}
    return found


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "password-still-there": _written,
        "secret-as-value": _as_value,
        "name-of-the-secret": _without_arn,
        "roles-swapped": lambda run: _role(run, "taskRoleArn") == run.given["execution_role"],
        "execution-role-for-the-program": lambda run: (
            _role(run, "executionRoleArn") == run.given["task_role"]
        ),
        "no-task-role": lambda run: bool(_container(run)) and _role(run, "taskRoleArn") is None,
        "nothing-logged": lambda run: bool(_container(run)) and not _log(run),
        "another-group": lambda run: (
            bool(_log(run)) and _log(run)["options"]["awslogs-group"] != run.given["group"]
        ),
        "lost-variables": lambda run: bool(_container(run)) and not _container(run)["environment"],
    },
)

QUESTION = Question(
    id="02-access",
    function="connect",
    title="A password, logs and two roles",
    look=scenery.ROLES,
    cases=_cases,
    points=(
        Point(
            "The variable comes from the secret, "
            "and the password cannot be read in the definition.",
            _secret,
        ),
        Point("ECS uses the execution role, the program uses the task role.", _roles),
        Point("What the program prints arrives in the log group.", _logged),
        Point("The rest is as it was, and a task of it runs.", _works),
    ),
    texts=_TEXTS,
)
