"""What a launch looks up elsewhere before its images: the only table of members that name
something, in the order in which it asks.

Registering checks how a name is written; whether anything bears it, a launch finds out. Order:
secrets, registry credentials, log groups and images were seen to be uncovered one after the other
on Fargate; that files come after log groups, and file systems last, is an assumption. Roles are
asked for by RunTask and by services, images when they are pulled.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FETCHING = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution "
    "resource retrieval failed: "
)
RETRIED = "service call has been retried 1 time(s): "
FILES = f"ResourceInitializationError: failed to download env files: {RETRIED}"
LOGS = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried "
    "1 times: failed to create Cloudwatch log stream: {} : exit status 1"
)
# Docker's words on instances, in many public captures (for example
# aws/aws-cdk#5954, prakhar1989/docker-curriculum#260).
DOCKER_LOGS = (
    "Error response from daemon: failed to initialize logging driver: failed to "
    "create Cloudwatch log stream: {}"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One name that a task must find: what it names, and the words in which
    the task ends when there is nothing.
    """

    what: str  # which neighbour is asked, and how: see ecs/tasks/lookups.py
    name: str
    words: str  # the stoppedReason, with {} for what the neighbour answers
    container: str = ""  # whose it is; "" for the whole task
    # The member around it, where its name alone does not say everything.
    settings: Json | None = None


@dataclass(frozen=True, slots=True)
class ReferenceLookup:
    """The members that are looked up together, as ways into a task
    definition, and how they are found in one.
    """

    ways: tuple[str, ...]
    find: Callable[[Json], Iterator[Reference]]


def references(spec: Json) -> Iterator[Reference]:
    """Everything that a task of this spec looks up, in order; `spec` has its overrides,
    and "serviceConnect" where it has a proxy.
    """
    for step in STEPS:
        yield from step.find(spec)


def _secrets(spec: Json) -> Iterator[Reference]:
    for container in spec["containerDefinitions"]:
        yield from _listed(container["name"], container.get("secrets", []))


def _secrets_of_logs(spec: Json) -> Iterator[Reference]:
    for owner, log in _logs(spec):
        yield from _listed(owner, log.get("secretOptions", []))


def _listed(owner: str, secrets: list[Json]) -> Iterator[Reference]:
    for secret in secrets:
        yield Reference("secret", secret["valueFrom"], _words(secret["valueFrom"]), owner)


def _words(source: str) -> str:
    """Fargate's words, seen in many public captures (for example
    Releem/releem-agent#195, aws/copilot-cli#3104).
    """
    store = "secret from asm" if ":secretsmanager:" in source else "secrets from ssm"
    return f"{FETCHING}unable to retrieve {store}: {RETRIED}{{}}"


def _credential_specs(spec: Json) -> Iterator[Reference]:
    """A group managed service account's, from S3 or SSM: credentialspec:ARN or
    credentialspecdomainless:ARN; the wording is ours.
    """
    for container in spec["containerDefinitions"]:
        for named in container.get("credentialSpecs", []):
            _, _, where = named.partition(":")
            words = "ResourceInitializationError: failed to retrieve credential specs: {}"
            if where.startswith("arn:"):  # "file://…" is on the machine
                yield Reference(
                    "object" if ":s3:" in where else "secret", where, words, container["name"]
                )


def _registry_credentials(spec: Json) -> Iterator[Reference]:
    """Up to the colon as in aws-samples/keycloak-on-aws#222; that the rest
    is as for secrets is an assumption.
    """
    words = f"{FETCHING}unable to get registry auth from asm: {RETRIED}{{}}"
    for container in spec["containerDefinitions"]:
        if credentials := container.get("repositoryCredentials"):
            yield Reference(
                "credentials", credentials["credentialsParameter"], words, container["name"]
            )


def _logins(spec: Json) -> Iterator[Reference]:
    """A registry of ECR is logged in to before its image is asked for; whether
    the image is there, its pull finds out.
    """
    for container in spec["containerDefinitions"]:
        yield Reference("login", container["image"], "", container["name"])


def _log_groups(spec: Json) -> Iterator[Reference]:
    """Fargate's words, seen in public captures; aws/amazon-ecs-agent and
    terraform-aws-modules/terraform-aws-ecs#313 have their parts.
    """
    for owner, log in _logs(spec):
        if log.get("logDriver") == "awslogs":
            options = log.get("options", {})
            yield Reference("log group", options.get("awslogs-group", ""), LOGS, owner, options)


def _logs(spec: Json) -> Iterator[tuple[str, Json]]:
    for container in [*spec["containerDefinitions"], *filter(None, [spec.get("serviceConnect")])]:
        if log := container.get("logConfiguration"):
            yield container["name"], log


def _environment_files(spec: Json) -> Iterator[Reference]:
    """Fargate's words for files that are not there, in a public capture of 2025 (SDK v2)."""
    for container in spec["containerDefinitions"]:
        for file in container.get("environmentFiles", []):
            yield Reference("object", file["value"], f"{FILES}{{}}", container["name"])


def _router_files(spec: Json) -> Iterator[Reference]:
    """A FireLens router's own configuration, on instances only
    (BC:FirelensConfiguration); the wording is ours.
    """
    for container in spec["containerDefinitions"]:
        options = container.get("firelensConfiguration", {}).get("options", {})
        if options.get("config-file-type") == "s3":
            words = (
                "ResourceInitializationError: failed to download the firelens "
                "configuration file: {}"
            )
            yield Reference("object", options["config-file-value"], words, container["name"])


def _file_systems(spec: Json) -> Iterator[Reference]:
    """The mount helper's words, in many public captures (for example aws/copilot-cli#5419)."""
    words = (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS "
        "volumes: stderr: {}"
    )
    for volume in spec.get("volumes", []):
        if efs := volume.get("efsVolumeConfiguration"):
            yield Reference("file system", efs["fileSystemId"], words, settings=efs)


_CONTAINER = "containerDefinitions."
_EFS = "volumes.efsVolumeConfiguration."
STEPS: tuple[ReferenceLookup, ...] = (
    ReferenceLookup((f"{_CONTAINER}secrets.valueFrom",), _secrets),
    ReferenceLookup(
        (
            f"{_CONTAINER}logConfiguration.secretOptions.valueFrom",
            "serviceConnect.logConfiguration.secretOptions.valueFrom",
        ),
        _secrets_of_logs,
    ),
    ReferenceLookup((f"{_CONTAINER}credentialSpecs",), _credential_specs),
    ReferenceLookup(
        (f"{_CONTAINER}repositoryCredentials.credentialsParameter",), _registry_credentials
    ),
    ReferenceLookup((), _logins),
    ReferenceLookup(
        (f"{_CONTAINER}logConfiguration.options", "serviceConnect.logConfiguration.options"),
        _log_groups,
    ),
    ReferenceLookup((f"{_CONTAINER}environmentFiles.value",), _environment_files),
    ReferenceLookup((f"{_CONTAINER}firelensConfiguration.options",), _router_files),
    ReferenceLookup(
        (f"{_EFS}fileSystemId", f"{_EFS}authorizationConfig.accessPointId"), _file_systems
    ),
)
