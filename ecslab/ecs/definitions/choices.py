"""Members that take one of a few words; botocore lets any word through, ECS does not."""

from ecslab.ecs.definitions.draft import Draft, Rule, within
from ecslab.ground.errors import not_simulated

_OS = (
    *(
        "WINDOWS_SERVER_2019_FULL",
        "WINDOWS_SERVER_2019_CORE",
        "WINDOWS_SERVER_2016_FULL",
        "WINDOWS_SERVER_2004_CORE",
    ),
    *(
        "WINDOWS_SERVER_2022_CORE",
        "WINDOWS_SERVER_2022_FULL",
        "WINDOWS_SERVER_2025_CORE",
        "WINDOWS_SERVER_2025_FULL",
    ),
    *("WINDOWS_SERVER_20H2_CORE", "LINUX"),
)
_ULIMITS = (
    *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile"),
    *("nproc", "rss", "rtprio", "rttime", "sigpending", "stack"),
)

# Path → words, as in the model's enums. A port's protocol is missing on purpose: ECS
# takes any other word for tcp (BC:PortMapping).
CHOICES: dict[str, tuple[str, ...]] = {
    "networkMode": ("bridge", "host", "awsvpc", "none"),
    "pidMode": ("host", "task"),
    "ipcMode": ("host", "task", "none"),
    "requiresCompatibilities[]": ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"),
    "placementConstraints[].type": ("memberOf",),
    "runtimePlatform.cpuArchitecture": ("X86_64", "ARM64"),
    "runtimePlatform.operatingSystemFamily": _OS,
    "proxyConfiguration.type": ("APPMESH",),
    "containerDefinitions[].dependsOn[].condition": ("START", "COMPLETE", "SUCCESS", "HEALTHY"),
    "containerDefinitions[].ulimits[].name": _ULIMITS,
    "containerDefinitions[].logConfiguration.logDriver": (
        *("json-file", "syslog", "journald", "gelf", "fluentd"),
        *("awslogs", "splunk", "awsfirelens"),
    ),
    "containerDefinitions[].firelensConfiguration.type": ("fluentd", "fluentbit"),
    "containerDefinitions[].environmentFiles[].type": ("s3",),
    "containerDefinitions[].resourceRequirements[].type": (
        "GPU",
        "InferenceAccelerator",
        "NeuronDevice",
    ),
    "containerDefinitions[].versionConsistency": ("enabled", "disabled"),
    "containerDefinitions[].portMappings[].appProtocol": ("http", "http2", "grpc"),
    "containerDefinitions[].linuxParameters.devices[].permissions[]": ("read", "write", "mknod"),
    "volumes[].dockerVolumeConfiguration.scope": ("task", "shared"),
    "volumes[].efsVolumeConfiguration.transitEncryption": ("ENABLED", "DISABLED"),
    "volumes[].efsVolumeConfiguration.authorizationConfig.iam": ("ENABLED", "DISABLED"),
}


def known_words(draft: Draft) -> str | None:
    """Every such member has one of its words; the text has the form ECS gives
    `include` (terraform-provider-aws#23342).
    """
    for path, words in CHOICES.items():
        if any(value not in words for value in within(draft.request, path)):
            return (
                f"{path.rpartition('.')[2].removesuffix('[]')} should be one of [{','.join(words)}]"
            )
    return None


def simulated(draft: Draft) -> None:
    """Refuse, as not simulated, what exists for Amazon ECS Managed
    Instances only (facts, section 8.5).
    """
    if "MANAGED_INSTANCES" in draft.targets:
        raise not_simulated("The compatibility MANAGED_INSTANCES")
    if draft.request.get("trustedExecutionConfiguration"):
        raise not_simulated("Trusted execution on Managed Instances")
    if "NeuronDevice" in within(
        draft.request, "containerDefinitions[].resourceRequirements[].type"
    ):
        raise not_simulated("A Neuron device of Managed Instances")


RULES: tuple[Rule, ...] = (known_words, simulated)
