"""What a task on Fargate has to reach before it runs, and the words and the
time in which it ends where it cannot.

Everything goes through the task's own network interface (platform 1.4.0;
DG:platform-version-migration). The texts were seen in public captures of 2024 to 2026, of which
each names one issue here; after `dial tcp` AWS prints the address it tried, which is nobody's here
(RFC 5737). On instances the agent asks, from the instance: nothing of this is about them.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from ecslab.ecs import timing
from ecslab.ecs.definitions.references import FETCHING, FILES, Reference
from ecslab.world.images import private_repository
from ecslab.world.reach.net import Destination
from ecslab.world.registries import located

_AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "
_CHECK = "Check your task network configuration."
_NO_ANSWER = "https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
_NO_FILE = (
    "non-empty error stream: RequestCanceled: request context canceled caused by: "
    "context deadline exceeded"
)


@dataclass(frozen=True, slots=True)
class Need:
    """Something to be reached: where, the stoppedReason of a task that cannot, and
    after how many milliseconds it gives up.
    """

    destination: Destination
    words: str
    gives_up_ms: int


def of_reference(reference: Reference, region: str) -> Need | None:
    """Where a reference is looked up; None for file systems, whose
    mount targets are inside the VPC.
    """
    if reference.what == "login":
        return _login(reference.name)
    if reference.what == "object":
        return _file(reference, region)
    if reference.what == "log group":
        return _logs((reference.settings or {}).get("awslogs-region", region))
    if reference.what == "credentials" or ":secretsmanager:" in reference.name:
        return _secret(reference.name, region)
    return _parameter(reference, region) if reference.what == "secret" else None


def manifest(image: str) -> Need:
    """The registry that says what an image is (deepfence/terraform-aws-cloud-scanner#13,
    ActionIQ/terraform-aws-retool-ecs-fargate#20).
    """
    there = located(image)
    private = private_repository(image)
    endpoint = f"com.amazonaws.{private[1]}.ecr.dkr" if private else ""
    host = "registry-1.docker.io" if there.host == "docker.io" else there.host
    request = f'Head "https://{host}/v2/{there.name}/manifests/{there.reference}"'
    words = (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to "
        f"resolve ref {there.text}: failed to do request: {request}: {_timeout(host)}"
    )
    return Need(Destination(host, host, endpoint), words, timing.MANIFEST_UNREACHED_MS)


def layers(image: str) -> Need | None:
    """ECR keeps an image's layers in S3 (IAMSamuelRodda/embark-quoting-system#75); of any
    other registry it is the way to its manifest.

    Of S3's endpoints only the gateway endpoint leads to them (DG:vpc-endpoints;
    asked for in aws/containers-roadmap#1691).
    """
    private = private_repository(image)
    if private is None:
        return None
    s3 = replace(
        _service("Amazon S3, where Amazon ECR keeps layers", "s3", private[1]), by_gateway=True
    )
    words = (
        f"CannotPullContainerError: The task cannot pull {image} from the registry {image}. "
        f"There is a connection issue between the task and the registry. {_CHECK} : failed to "
        f"copy: httpReadSeeker: failed open: failed to do request: Get {image}: {_timeout(s3.host)}"
    )
    return Need(s3, words, timing.MANIFEST_UNREACHED_MS)


def _login(image: str) -> Need | None:
    """Only ECR's private repositories ask for it (aws/copilot-cli#5927 and newer captures)."""
    private = private_repository(image)
    if private is None:
        return None
    there = _service("Amazon ECR", "ecr.api", private[1], "api.ecr")
    words = (
        f"{_AUTH}The task cannot pull registry auth from Amazon ECR: There is a connection issue "
        f"between the task and Amazon ECR. {_CHECK} operation error ECR: GetAuthorizationToken, "
        "exceeded maximum number of attempts, 3, https response error "
        f'StatusCode: 0, RequestID: , request send failed, Post "https://{there.host}/": '
        f"{_timeout(there.host)}"
    )
    return Need(there, words, timing.LOGIN_UNREACHED_MS)


def _secret(name: str, region: str) -> Need:
    words = (
        f"{_AUTH}unable to retrieve secret from asm: There is a connection issue between the "
        f"task and AWS Secrets Manager. {_CHECK} failed to fetch secret {name} from secrets "
        f"manager: operation error Secrets Manager: GetSecretValue, {_NO_ANSWER}"
    )
    there = _service("AWS Secrets Manager", "secretsmanager", _region_of(name, region))
    return Need(there, words, timing.SECRET_UNREACHED_MS)


def _parameter(reference: Reference, region: str) -> Need:
    """A secret, or a credential specification, whose wording is ours."""
    asked = f"operation error SSM: GetParameters, {_NO_ANSWER}"
    words = reference.words.format(asked)
    if reference.words.startswith(FETCHING):
        words = (
            f"{_AUTH}unable to retrieve secrets from ssm: The task cannot pull secrets from AWS "
            "Systems Manager. There is a connection issue between the task and AWS Systems "
            f"Manager Parameter Store. {_CHECK} {asked}"
        )
    there = _service("AWS Systems Manager", "ssm", _region_of(reference.name, region))
    return Need(there, words, timing.SECRET_UNREACHED_MS)


def _logs(region: str) -> Need:
    """civiform/civiform#7648."""
    words = (
        "ResourceInitializationError: failed to validate logger args: The task cannot find the "
        "Amazon CloudWatch log group defined in the task definition. There is a connection "
        "issue between the task and Amazon CloudWatch. Check your network configuration. : "
        "signal: killed"
    )
    return Need(_service("Amazon CloudWatch Logs", "logs", region), words, timing.LOGS_UNREACHED_MS)


def _file(reference: Reference, region: str) -> Need:
    """An environment file (aws/aws-cdk#12720), or a credential
    specification, whose wording is ours.
    """
    command = f"file download command: {_NO_FILE}"
    if reference.words.startswith(FILES):
        words = f"ResourceInitializationError: failed to download env files: {command}"
    else:
        words = reference.words.format(command)
    return Need(_service("Amazon S3", "s3", region), words, timing.SECRET_UNREACHED_MS)


def _service(name: str, service: str, region: str, host: str = "") -> Destination:
    return Destination(
        name, f"{host or service}.{region}.amazonaws.com", f"com.amazonaws.{region}.{service}"
    )


def _region_of(name: str, region: str) -> str:
    """The Region of an ARN; what is no whole ARN, or just a name, is looked for at home."""
    match name.split(":"):
        case ["arn", _, _, there, *_] if there:
            return there
    return region


def _timeout(host: str) -> str:
    """The end of a message about a host, which may name a port: example.com:5000."""
    _, _, port = host.partition(":")
    return f"dial tcp 203.0.113.{sha256(host.encode()).digest()[0]}:{port or 443}: i/o timeout"
