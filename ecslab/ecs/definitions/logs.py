"""Log drivers and their options, and the FireLens router (facts, section 16)."""

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

# BC:LogConfiguration.options names what awslogs takes; "disallows" is in
# cdk-preflight and many public threads.
AWSLOGS = {
    *("awslogs-group", "awslogs-region", "awslogs-create-group", "awslogs-stream-prefix"),
    *("awslogs-datetime-format", "awslogs-multiline-pattern", "mode", "max-buffer-size"),
}
REQUIRED = {
    "awslogs": ("awslogs-group", "awslogs-region"),
    "splunk": ("splunk-token", "splunk-url"),
}


@for_each_container
def required_options(_: Draft, container: Json) -> str | None:
    """A driver's required options, as options or as secret options (facts, section 16)."""
    log = container.get("logConfiguration", {})
    given = log.get("options", {}).keys() | {s["name"] for s in log.get("secretOptions", [])}
    missing = [
        option for option in REQUIRED.get(log.get("logDriver", ""), ()) if option not in given
    ]
    return (
        f"Log driver {log['logDriver']} requires options: {', '.join(missing)}" if missing else None
    )


@for_each_container
def awslogs_options(_: Draft, container: Json) -> str | None:
    """Only options that awslogs knows; the two multiline options exclude each other
    (BC:LogConfiguration; that wording is ours).
    """
    log = container.get("logConfiguration", {})
    options = log.get("options", {})
    if log.get("logDriver") != "awslogs":
        return None
    if unknown := sorted(options.keys() - AWSLOGS):
        return f"Log driver awslogs disallows options: {', '.join(unknown)}"
    if {"awslogs-datetime-format", "awslogs-multiline-pattern"} <= options.keys():
        return (
            "Log driver awslogs can not have both awslogs-datetime-format and "
            "awslogs-multiline-pattern."
        )
    return None


@for_each_container
def option_values(_: Draft, container: Json) -> str | None:
    """Options that take one of two words (BC:LogConfiguration.options); the wording is ours."""
    options = container.get("logConfiguration", {}).get("options", {})
    for option, words in (
        ("mode", ("blocking", "non-blocking")),
        ("awslogs-create-group", ("true", "false")),
    ):
        if options.get(option, words[0]) not in words:
            return f"Log option {option} should be one of [{','.join(words)}]"
    return None


def router_for_firelens(draft: Draft) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-awsfirelens-without-router."""
    drivers = {c.get("logConfiguration", {}).get("logDriver") for c in draft.containers}
    if "awsfirelens" not in drivers or any(
        c.get("firelensConfiguration") for c in draft.containers
    ):
        return None
    return (
        "When awsfirelens log driver is specified in log configuration, "
        "a firelens configuration object must be configured in one of the containers."
    )


@for_each_container
def router_options(_: Draft, container: Json) -> str | None:
    """Metadata on or off, and a configuration file from S3 or the image
    (BC:FirelensConfiguration); the wording is ours.
    """
    options = container.get("firelensConfiguration", {}).get("options", {})
    for option, words in (
        ("enable-ecs-log-metadata", ("true", "false")),
        ("config-file-type", ("s3", "file")),
    ):
        if options.get(option, words[0]) not in words:
            return f"FireLens option {option} should be one of [{','.join(words)}]"
    if ("config-file-type" in options) != ("config-file-value" in options):
        return "FireLens options config-file-type and config-file-value must be specified together."
    return None


RULES: tuple[Rule, ...] = (
    required_options,
    awslogs_options,
    option_values,
    router_for_firelens,
    router_options,
)
