"""How long the control plane takes, in milliseconds.

Where AWS publishes the number the facts' section is named; "pedagogical"
marks a plausible round figure of ours.
"""

PROVISION_MS = 8_000  # pedagogical: attach an elastic network interface to a Fargate task
ATTACH_MS = 2_000  # pedagogical: of that, until the interface is made and begins to be attached
PENDING_MS = 4_000  # pedagogical: the agent picks the task up and prepares to pull
DEACTIVATE_MS = 1_000  # pedagogical: a service lets go of a task before it is stopped
# Observed, facts section 5.7: targets leave a round after their task was told to stop.
DEREGISTER_MS = 10_000
# Observed: a load balancer goes on sending for 3 to 5 s (aws/containers-roadmap#708)
TARGET_LAG_MS = 4_000
DEPROVISION_MS = 6_000  # pedagogical: detach and delete the network interface
LOGIN_UNREACHED_MS = 275_000  # observed: 288 s after "has started" (three captures)
SECRET_UNREACHED_MS = 249_000  # observed of Secrets Manager: 261 s; assumed of SSM and files
LOGS_UNREACHED_MS = 60_000  # assumption: "signal: killed" means a fixed limit
# Assumption: "about 3 minutes" to "5 minutes at least" (aws/amazon-ecs-agent#1680, #1128)
MANIFEST_UNREACHED_MS = 240_000
# Pedagogical: the agent gives up on an image or a resource that is not there.
PULL_FAILURE_MS = 3_000

STOP_TIMEOUT_S = 30  # facts, section 1.3: the default stopTimeout
# Facts 2, section 31, row 4: ECS stops a task that has not started by then.
START_LIMIT_MS = 3 * 3_600_000
RESTART_ATTEMPT_PERIOD_S = 300  # facts, section 1.3: the default restartAttemptPeriod
FORGET_STOPPED_MS = 3_600_000  # facts, section 1.1: stopped tasks are returned for at least an hour

# Observed, facts section 5.7: the service scheduler acts about every ten seconds.
SCHEDULER_ROUND_MS = 10_000
# Facts, section 5.1: a task without health check counts 40 s after RUNNING.
COUNTS_AS_HEALTHY_MS = 40_000
LONGEST_DRAIN_MS = 48 * 3_600_000  # facts, section 8.3: managed draining
PROVIDER_CHANGE_MS = 5_000  # pedagogical: a capacity provider's update or deletion is in progress
# AWS: "between 10 and 30 minutes" in PROVISIONING (containers-roadmap#2381)
WAIT_FOR_CAPACITY_MS = 30 * 60_000
SPOT_WARNING_MS = 120_000  # facts, section 8.2: from the warning until a Fargate Spot task is gone
SPOT_RETRY_MS = 60_000  # pedagogical: a service that got no Fargate Spot capacity asks again
HOOK_MS = 1_000  # pedagogical: a Lambda function has answered a lifecycle hook
# Observed, facts section 5.1: an idle service repeats its steady state about every 6 h.
STEADY_REMINDER_MS = 21_600_000

FINDING_MS = 60_000  # pedagogical: GuardDuty needs a while to be sure
ANSWER_MS = 5  # pedagogical: a small program answers
REFUSED_MS = 1  # pedagogical: a machine says at once that nothing listens
CONNECT_TIMEOUT_MS = 3_000  # pedagogical: how long a client waits for an address that nobody has
# Facts, section 10.2: a custom health status takes effect after about 30 s.
DISCOVERY_HEALTH_MS = 30_000

# Pedagogical: from an EC2 instance's launch until its container agent registers it.
BOOT_MS = 45_000
# Pedagogical: a trunk network interface is made and attached before an instance is ACTIVE.
TRUNK_MS = 5_000
