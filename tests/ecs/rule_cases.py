"""One request per way to break a rule of RegisterTaskDefinition: where the rule
stands, what is wrong, AWS's answer.
"""

from typing import Any, NamedTuple

ROLE = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
FARGATE: dict[str, Any] = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": ROLE,
    "containerDefinitions": [{"name": "app", "image": "nginx"}],
}
EC2: dict[str, Any] = {
    "family": "web",
    "containerDefinitions": [{"name": "app", "image": "nginx", "memory": 128}],
}
APP = "containerDefinitions.0."
CPU_TEXT = (  # facts 2, section 31, row 22
    "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of "
    "the Amazon ECS Developer Guide."
)
SIDE = {"name": "side", "image": "busybox", "memory": 64, "essential": False}
AWSLOGS = {
    "awslogs-group": "/ecs/web",
    "awslogs-region": "us-east-1",
    "awslogs-stream-prefix": "ecs",
}
FILE = {"type": "s3", "value": "arn:aws:s3:::bucket/web.env"}
ACCESS_POINT = {
    "fileSystemId": "fs-1",
    "transitEncryption": "ENABLED",
    "authorizationConfig": {"accessPointId": "fsap-1"},
}
PROXY = {"type": "APPMESH", "containerName": "app", "properties": []}


class Case(NamedTuple):
    """One request: `base` with `changes`, refused with `message`; `source` is the
    facts' section or the model's shape.
    """

    source: str
    base: dict[str, Any]
    changes: dict[str, Any]
    message: str


def _containers(count: int) -> list[dict[str, Any]]:
    return [{"name": f"c{n}", "image": "nginx", "memory": 128} for n in range(count)]


def _cannot(member: str) -> str:
    return f"Fargate compatible task definitions do not support {member}"


def _efs(**members: Any) -> dict[str, Any]:
    return {
        "volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"} | members}]
    }


# One line a case, however long AWS's sentence is.
# fmt: off
NAMES = [
    Case("BC:RegisterTaskDefinitionRequest", EC2, {"family": ""}, "Family should not be null or empty."),
    Case("BC:RegisterTaskDefinitionRequest", EC2, {"family": "my web"}, "Family contains invalid characters."),
    Case("BC:RegisterTaskDefinitionRequest", EC2, {"family": "x" * 256}, "Family can have at most 255 characters."),
    Case("15, task definition size", EC2, {APP + "dockerLabels": {"x": "y" * 66000}}, "Actual length: '66109'. Max allowed length is '65536' bytes."),
    Case("PF", EC2, {"containerDefinitions": []}, "Container list cannot be empty."),
    Case("15, container definitions", EC2, {"containerDefinitions": _containers(11)}, "Too many containers."),
    Case("BC:ContainerDefinition.name", EC2, {APP + "name": ...}, "Container.name should not be null or empty."),
    Case("BC:ContainerDefinition.name", EC2, {APP + "name": "my app"}, "Container.name contains invalid characters."),
    Case("BC:ContainerDefinition.name", EC2, {APP + "name": "x" * 256}, "Container.name can have at most 255 characters."),
    Case("BC:ContainerDefinition.image", EC2, {APP + "image": ...}, "Container.image should not be null or empty."),
    Case("BC:ContainerDefinition.image", EC2, {APP + "image": "web latest"}, "Container.image contains invalid characters."),
    Case("BC:ContainerDefinition.image", EC2, {APP + "image": "x" * 256}, "Container.image can have at most 255 characters."),
    Case("PF", EC2, {"containerDefinitions": _containers(1) * 2}, "Container names must be unique within a task definition."),
    Case("1.3, essential", EC2, {APP + "essential": False}, "Task definition doesn't have any essential container."),
]
SIZES = [
    Case("4, required memory", EC2, {APP + "memory": ...}, "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified."),
    Case("2.1, container memory minimum", EC2, {APP + "memory": 5}, "Invalid setting for container 'app'. 'memory' must be at least 6."),
    Case("4, required memory", EC2, {APP + "memoryReservation": 129}, "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'."),
    Case("PF", FARGATE, {APP + "memory": 1024}, "The 'memory' setting for container 'app' is greater than for the task."),
    Case("BC:ContainerDefinition.memory", FARGATE, {APP + "memoryReservation": 500, "containerDefinitions.1": SIDE | {"memoryReservation": 13}}, "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."),
    Case("BC:ContainerDefinition.cpu", EC2, {APP + "cpu": -1}, "Invalid 'cpu' setting for container 'app'."),
    Case("PF", FARGATE, {APP + "cpu": 257}, "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."),
    Case("2.1, EC2/EXTERNAL task cpu", EC2, {"cpu": "127"}, CPU_TEXT),
    Case("2.1, EC2/EXTERNAL task cpu", EC2, {"cpu": "193 vCPU"}, CPU_TEXT),
    Case("2.1, strings", EC2, {"cpu": "half"}, CPU_TEXT),
    Case("2.1, strings", EC2, {"memory": "1TB"}, CPU_TEXT.replace("cpu", "memory")),
]
NETWORK = [
    Case("2.3, links", FARGATE, {APP + "links": ["app"]}, "Links are not supported when networkMode=awsvpc."),
    Case("BC:ContainerDefinition.links", EC2, {"networkMode": "host", APP + "links": ["app"]}, "Links are not supported when networkMode=host."),
    Case("2.3, dnsServers", FARGATE, {APP + "dnsServers": ["10.0.0.2"]}, "DNS servers are not supported on container when networkMode=awsvpc."),
    Case("2.3, dnsSearchDomains", FARGATE, {APP + "dnsSearchDomains": ["x"]}, "DNS search domains are not supported on container when networkMode=awsvpc."),
    Case("2.3, extraHosts", FARGATE, {APP + "extraHosts": [{"hostname": "h", "ipAddress": "10.0.0.9"}]}, "Extra hosts are not supported on container when networkMode=awsvpc."),
    Case("2.3, hostname", FARGATE, {APP + "hostname": "web"}, "hostname is not supported on container when networkMode=awsvpc."),
    Case("2.3, disableNetworking", FARGATE, {APP + "disableNetworking": True}, "Disable Networking is not supported on container when networkMode=awsvpc."),
    Case("BC:ContainerDefinition.links", EC2, {APP + "links": ["db:data"]}, "Container 'app' links to 'db', which does not exist."),
    Case("BC:ContainerDefinition.links", EC2, {APP + "links": ["app"]}, "Container links should not have a cycle"),
    Case("3, none", EC2, {"networkMode": "none", APP + "portMappings": [{"containerPort": 80}]}, "Port mappings are not supported when networkMode=none."),
    Case("3, error texts", FARGATE, {APP + "portMappings": [{"containerPort": 80, "hostPort": 8080}]}, "When networkMode=awsvpc, the host ports and container ports in port mappings must match."),
    Case("17, host mode ports", EC2, {"networkMode": "host", APP + "portMappings": [{"containerPort": 80, "hostPort": 0}]}, "When networkMode=host, the host ports and container ports in port mappings must match."),
    Case("17, port + range", FARGATE, {APP + "portMappings": [{"containerPort": 80, "containerPortRange": "81-90"}]}, "Invalid port mapping for container 'app', cannot specify both single port and port range."),
    Case("BC:PortMapping.containerPortRange", FARGATE, {APP + "portMappings": [{"containerPortRange": "90-80"}]}, "Invalid 'containerPortRange' setting for container 'app'."),
    Case("BC:PortMapping.containerPortRange", FARGATE, {APP + "portMappings": [{"containerPortRange": "80-80"}]}, "Invalid 'containerPortRange' setting for container 'app'."),
    Case("BC:PortMapping.containerPort", FARGATE, {APP + "portMappings": [{"containerPort": 65536}]}, "Invalid 'containerPort' setting for container 'app'."),
    Case("BC:PortMapping.hostPort", EC2, {APP + "portMappings": [{"containerPort": 80, "hostPort": -1}]}, "Invalid 'hostPort' setting for container 'app'."),
    Case("3, port ranges", EC2, {"networkMode": "host", APP + "portMappings": [{"containerPortRange": "80-90"}]}, "Port ranges are not supported when networkMode=host."),
    Case("3, port ranges", EC2, {APP + "portMappings": [{"containerPortRange": f"{n}-{n + 1}"} for n in range(1000, 1202, 2)]}, "Container 'app' has more than 100 port ranges."),
    Case("PF", FARGATE, {APP + "portMappings": [{"containerPortRange": "80-90"}, {"containerPort": 85}]}, "TCP container port '85' is used multiple times in task when networkMode=awsvpc."),
    Case("3, two protocols", FARGATE, {APP + "portMappings": [{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]}, "Container port '53' is used multiple times in container 'app'."),
    Case("3, bridge", EC2, {APP + "portMappings": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]}, "TCP host port '80' is used multiple times in task when networkMode=bridge."),
    Case("BC:PortMapping.name", FARGATE, {APP + "portMappings": [{"containerPort": 80, "name": ""}]}, "Port mapping name '' must have 1 to 64 characters."),
    Case("PF", FARGATE, {APP + "portMappings": [{"containerPort": 80, "name": "w"}, {"containerPort": 81, "name": "w"}]}, "When networkMode=awsvpc, port mapping name is already used"),
]
ORDERING = [
    Case("PF", EC2, {APP + "dependsOn": [{"containerName": "db", "condition": "START"}]}, "Cannot depend on container + 'db' because it does not exist"),
    Case("17, COMPLETE/SUCCESS", EC2, {APP + "dependsOn": [{"containerName": "app", "condition": "SUCCESS"}]}, "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"),
    Case("17, HEALTHY", EC2, {"containerDefinitions.1": SIDE, APP + "dependsOn": [{"containerName": "side", "condition": "HEALTHY"}]}, "A dependency container with HEALTHY condition must have health check configured"),
    Case("1.3, dependsOn", EC2, {APP + "dependsOn": [{"containerName": "app", "condition": "START"}]}, "Container dependencies should not have a cycle"),
    Case("1.3, startTimeout", EC2, {APP + "startTimeout": 1}, "Granular start timeout on container 'app' must be at least 2 seconds."),
    Case("1.3, stopTimeout", EC2, {APP + "stopTimeout": 1}, "Granular stop timeout on container 'app' must be at least 2 seconds."),
    Case("1.3, command", EC2, {APP + "healthCheck": {"command": ["curl -f localhost"]}}, "Health check command must start with CMD or CMD-SHELL for container 'app'"),
    Case("1.3, command", EC2, {APP + "healthCheck": {"command": ["CMD"]}}, "Health check command must start with CMD or CMD-SHELL for container 'app'"),
    Case("1.3, command", EC2, {APP + "healthCheck": {"command": ["curl", "localhost"]}}, "Health check command must start with CMD or CMD-SHELL for container 'app'"),
    Case("17, health check ranges", EC2, {APP + "healthCheck": {"command": ["CMD", "healthy"], "interval": 301}}, "Health check interval must be less than or equal to the maximum allowed value 300 for container 'app'"),
    Case("17, health check ranges", EC2, {APP + "healthCheck": {"command": ["CMD", "healthy"], "timeout": 1}}, "Health check timeout must be greater than or equal to the minimum allowed value 2 for container 'app'"),
    Case("17, health check ranges", EC2, {APP + "healthCheck": {"command": ["CMD", "healthy"], "retries": 11}}, "Health check retries must be less than or equal to the maximum allowed value 10 for container 'app'"),
    Case("1.3, health check", EC2, {APP + "healthCheck": {"command": ["CMD", "healthy"], "startPeriod": 301}}, "Health check startPeriod must be less than or equal to the maximum allowed value 300 for container 'app'"),
    Case("17, restartAttemptPeriod", EC2, {APP + "restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}}, "The 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800."),
    Case("1.3, restartPolicy", EC2, {APP + "restartPolicy": {"enabled": True, "ignoredExitCodes": list(range(51))}}, "The 'ignoredExitCodes' setting for container 'app' can have at most 50 items."),
]
SECRETS = [
    Case("BC:KeyValuePair", EC2, {APP + "environment": [{"value": "x"}]}, "Environment variable name should not be null or empty."),
    Case("17, secrets without role", EC2, {APP + "secrets": [{"name": "S", "valueFrom": "s"}]}, "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."),
    Case("16, secrets", FARGATE, {APP + "environment": [{"name": "S", "value": "x"}], APP + "secrets": [{"name": "S", "valueFrom": "s"}]}, "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'S'."),
    Case("16, secrets", FARGATE, {APP + "secrets": [{"name": "S", "valueFrom": "db:password::"}]}, "The Systems Manager parameter name specified for secret S is invalid. The parameter name can be up to 2048 characters and include the following letters and symbols: a-zA-Z0-9_.-,"),
    Case("PF", FARGATE, {APP + "secrets": [{"name": "S", "valueFrom": "arn:aws:ssm:us-east-1:210987654321:parameter/s"}]}, "The Systems Manager parameter ARN has a different account ID than the current account. The current account ID is 123456789012 and the ARN account ID is 210987654321. Cross-account access for ARNs is not currently supported."),
    Case("15, environment files", EC2, {APP + "environmentFiles": [FILE] * 11}, "The maximum number of environment files was exceeded. Specify ten or less and try again."),
    Case("PF", EC2, {APP + "environmentFiles": [FILE | {"value": "s3://bucket/web.env"}]}, "Invalid arn syntax."),
    Case("BC:EnvironmentFile", EC2, {APP + "environmentFiles": [FILE | {"value": "arn:aws:s3:::bucket/web.txt"}]}, "The environment file must have the file extension .env."),
    Case("16, execution role", EC2, {APP + "repositoryCredentials": {"credentialsParameter": "registry"}}, "When you are specifying repository credentials, you must also specify a value for 'executionRoleArn'."),
]
LOGS = [
    Case("16, awslogs", FARGATE, {APP + "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-region": "us-east-1"}}}, "Log driver awslogs requires options: awslogs-group"),
    Case("BC:LogConfiguration", EC2, {APP + "logConfiguration": {"logDriver": "splunk"}}, "Log driver splunk requires options: splunk-token, splunk-url"),
    Case("BC:LogConfiguration", EC2, {APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS | {"awslogs-endpoint": "x"}}}, "Log driver awslogs disallows options: awslogs-endpoint"),
    Case("BC:LogConfiguration", EC2, {APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS | {"awslogs-datetime-format": "x", "awslogs-multiline-pattern": "y"}}}, "Log driver awslogs can not have both awslogs-datetime-format and awslogs-multiline-pattern."),
    Case("BC:LogConfiguration", EC2, {APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS | {"mode": "fast"}}}, "Log option mode should be one of [blocking,non-blocking]"),
    Case("16, awsfirelens", EC2, {APP + "logConfiguration": {"logDriver": "awsfirelens"}}, "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers."),
    Case("BC:FirelensConfiguration", EC2, {APP + "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "web"}}}, "FireLens option config-file-type should be one of [s3,file]"),
    Case("BC:FirelensConfiguration", EC2, {APP + "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "file"}}}, "FireLens options config-file-type and config-file-value must be specified together."),
]
VOLUMES = [
    Case("BC:Volume.name", EC2, {"volumes": [{"host": {}}]}, "volume.name should not be null or empty."),
    Case("BC:Volume.name", EC2, {"volumes": [{"name": "x" * 256}]}, "volume.name can have at most 255 characters."),
    Case("BC:Volume.name", EC2, {"volumes": [{"name": "docker.sock"}]}, "volume.name contains invalid characters."),
    Case("BC:Volume.name", EC2, {"volumes": [{"name": "v"}, {"name": "v"}]}, "Volume names must be unique within a task definition."),
    Case("16, volumes", EC2, {"volumes": [{"name": "v", "host": {}, "configuredAtLaunch": True}]}, "Volume 'v' must specify only one volume configuration."),
    Case("16, volumes", EC2, {"volumes": [{"name": n, "configuredAtLaunch": True} for n in "ab"]}, "Only one volume can be configured at launch."),
    Case("16, docker volume", EC2, {"volumes": [{"name": "v", "dockerVolumeConfiguration": {"scope": "task", "autoprovision": False}}]}, "When 'scope' parameter is 'task', 'autoprovision' must either not be specified or set to 'True'."),
    Case("16, EFS", EC2, _efs(authorizationConfig={"iam": "ENABLED"}), "EFS IAM authorization requires TransitEncryption to be enabled."),
    Case("PF", EC2, _efs(transitEncryptionPort=2049), "TransitEncryptionPort requires that TransitEncryption is enabled."),
    Case("16, EFS", EC2, _efs(**ACCESS_POINT, rootDirectory="/data"), 'When using an EFS access point, the root directory must either be set to "/" or be omitted.'),
    Case("BC:EFSAuthorizationConfig", EC2, _efs(authorizationConfig={"accessPointId": "fsap-1"}), "EFS access points require TransitEncryption to be enabled."),
    Case("PF", EC2, {APP + "mountPoints": [{"sourceVolume": "nope", "containerPath": "/x"}]}, "Unknown volume 'nope'."),
    Case("BC:MountPoint", EC2, {"volumes": [{"name": "v"}], APP + "mountPoints": [{"sourceVolume": "v"}]}, "MountPoint.containerPath should not be null or empty."),
    Case("BC:VolumeFrom", EC2, {APP + "volumesFrom": [{"sourceContainer": "db"}]}, "Unknown container 'db' in volumesFrom."),
]
PLATFORM = [
    Case("16, roles", EC2, {"executionRoleArn": "ecsTaskExecutionRole"}, "Role is not valid"),
    Case("16, roles", EC2, {"taskRoleArn": "arn:aws:iam::210987654321:role/other"}, "Role is not valid"),
    Case("2.3, inferenceAccelerators", EC2, {"inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia1.medium"}]}, "Unsupported field 'inferenceAccelerators'"),
    Case("2.3, inferenceAccelerators", EC2, {APP + "resourceRequirements": [{"type": "InferenceAccelerator", "value": "d"}]}, "Unsupported resource type 'InferenceAccelerator'"),
    Case("BC:ResourceRequirement", EC2, {APP + "resourceRequirements": [{"type": "GPU"}]}, "A GPU of container 'app' must have either a value or a sharingStrategy."),
    Case("BC:ResourceRequirement", EC2, {APP + "resourceRequirements": [{"type": "GPU", "value": "0"}]}, "The GPU value of container 'app' must be a positive number or ALL."),
    Case("2.2, Windows", EC2, {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "ARM64"}}, "ARM64 is not supported for Windows containers."),
    Case("2.2, Windows", EC2, {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, APP + "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}]}, "ulimits is not supported for Windows containers."),
    Case("17, ulimit", EC2, {APP + "ulimits": [{"name": "nofile", "softLimit": 2, "hardLimit": 1}]}, "Soft limit exceeds hard limit for ulimit nofile"),
    Case("17, ulimit", EC2, {APP + "ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 0}]}, "Soft limit exceeds hard limit for ulimit core"),
    Case("BC:KernelCapabilities", EC2, {APP + "linuxParameters": {"capabilities": {"drop": ["FLY"]}}}, "FLY is not a valid capability."),
    Case("BC:LinuxParameters", EC2, {APP + "linuxParameters": {"swappiness": 101}}, "swappiness must be between 0 and 100, and maxSwap must not be negative."),
    Case("BC:SystemControl", EC2, {APP + "systemControls": [{"namespace": "vm.swappiness", "value": "1"}]}, "The system control 'vm.swappiness' is not supported."),
    Case("BC:SystemControl", EC2, {"networkMode": "host", APP + "systemControls": [{"namespace": "net.core.somaxconn", "value": "1"}]}, "The system control 'net.core.somaxconn' is not supported when the task shares that namespace with its host."),
    Case("BC:SystemControl", EC2, {"ipcMode": "host", APP + "systemControls": [{"namespace": "kernel.shmmax", "value": "1"}]}, "The system control 'kernel.shmmax' is not supported when the task shares that namespace with its host."),
    Case("PF", EC2, {"proxyConfiguration": PROXY}, "APPMESH proxy configuration is only supported in networkMode=awsvpc"),
    Case("PF", FARGATE, {"proxyConfiguration": PROXY | {"containerName": "envoy"}}, "Proxy container [envoy] does not exist."),
    Case("PF", FARGATE, {"proxyConfiguration": PROXY}, "Ingress port not found"),
    Case("2.2, ephemeral storage", FARGATE, {"ephemeralStorage": {"sizeInGiB": 20}}, "EphemeralStorage size should be at least 21"),
    Case("2.2, ephemeral storage", FARGATE, {"ephemeralStorage": {"sizeInGiB": 201}}, "EphemeralStorage size should be at most 200"),
    Case("PF", EC2, {"requiresCompatibilities": ["EC2"], "ephemeralStorage": {"sizeInGiB": 50}}, "Tasks using the EC2 launch type do not support EphemeralStorage."),
    Case("15, placement constraints", EC2, {"placementConstraints": [{"type": "memberOf", "expression": "x"}] * 11}, "A task definition can have at most 10 placement constraints."),
    Case("4, constraints", EC2, {"placementConstraints": [{"type": "memberOf"}]}, "A placement constraint needs an expression of at most 2000 characters."),
]
ON_FARGATE = [
    Case("2.3, networkMode", FARGATE, {"networkMode": ...}, "Fargate only supports network mode 'awsvpc'."),
    Case("2.3, task cpu/memory", FARGATE, {"cpu": ...}, "Fargate requires that 'cpu' be defined at the task level."),
    Case("2.3, task cpu/memory", FARGATE, {"memory": ..., APP + "memory": 128}, "Fargate requires that 'memory' be defined at the task level."),
    Case("2.1, error", FARGATE, {"cpu": "4096", "memory": "4096"}, "No Fargate configuration exists for given values: 4096 CPU, 4096 memory. See the Amazon ECS documentation for the valid values."),
    Case("17, Windows Fargate", FARGATE, {"cpu": "512", "memory": "2048", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2019_CORE"}}, "No Fargate configuration exists for given values: 512 CPU, 2048 memory. See the Amazon ECS documentation for the valid values."),
    Case("2.2, OS families", FARGATE, {"cpu": "1024", "memory": "2048", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_20H2_CORE"}}, _cannot("WINDOWS_SERVER_20H2_CORE")),
    Case("2.3, placementConstraints", FARGATE, {"placementConstraints": [{"type": "memberOf", "expression": "attribute:x == y"}]}, _cannot("constraints")),
    Case("2.3, ipcMode", FARGATE, {"ipcMode": "task"}, _cannot("ipcMode")),
    Case("2.3, pidMode", FARGATE, {"pidMode": "host"}, "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'."),
    Case("2.3, privileged", FARGATE, {APP + "privileged": True}, "Fargate requires that the 'privileged' setting be 'false' at the container level."),
    Case("2.3, dockerSecurityOptions", FARGATE, {APP + "dockerSecurityOptions": ["no-new-privileges"]}, _cannot("dockerSecurityOptions")),
    Case("2.3, sharedMemorySize", FARGATE, {APP + "linuxParameters": {"sharedMemorySize": 64}}, _cannot("sharedMemorySize")),
    Case("2.3, tmpfs", FARGATE, {APP + "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}, _cannot("tmpfs")),
    Case("2.3, devices", FARGATE, {APP + "linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}}, _cannot("devices")),
    Case("2.3, maxSwap", FARGATE, {APP + "linuxParameters": {"maxSwap": 0}}, _cannot("maxSwap")),
    Case("2.3, swappiness", FARGATE, {APP + "linuxParameters": {"swappiness": 0}}, _cannot("swappiness")),
    Case("2.3, capabilities.add", FARGATE, {APP + "linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}, "NET_ADMIN is not allowed on Fargate."),
    Case("2.3, gpu", FARGATE, {APP + "resourceRequirements": [{"type": "GPU", "value": "1"}]}, "Tasks using the Fargate launch type do not support GPU resource requirements."),
    Case("2.3, dockerVolumeConfiguration", FARGATE, {"volumes": [{"name": "v", "dockerVolumeConfiguration": {}}]}, _cannot("dockerVolumeConfiguration")),
    Case("2.3, host.sourcePath", FARGATE, {"volumes": [{"name": "v", "host": {"sourcePath": "/x"}}]}, _cannot("sourcePath")),
    Case("BC:Volume", FARGATE, {"volumes": [{"name": "v", "fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "f", "rootDirectory": "x", "authorizationConfig": {"credentialsParameter": "c", "domain": "d"}}}]}, _cannot("fsxWindowsFileServerVolumeConfiguration")),
    Case("2.3, log driver", FARGATE, {APP + "logConfiguration": {"logDriver": "json-file"}}, "json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]"),
    Case("2.3, awslogs without role", FARGATE, {"executionRoleArn": ..., APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS}}, "Fargate requires task definition to have execution role ARN to support log driver awslogs."),
    Case("2.3, awslogs-stream-prefix", FARGATE, {APP + "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r"}}}, "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs."),
    Case("16, execution role", FARGATE, {"executionRoleArn": ..., APP + "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"}, "Fargate requires task definition to have execution role ARN to support ECR images."),
    Case("1.3, stopTimeout", FARGATE, {APP + "stopTimeout": 121}, "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds."),
    Case("1.3, startTimeout", FARGATE, {APP + "startTimeout": 121}, "Tasks using the Fargate launch type must have a container start timeout of less than 120 seconds."),
    Case("2.2, nofile", FARGATE, {APP + "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1048577}]}, "The nofile hard limit of container 'app' must be at most 1048576."),
    Case("BC:FirelensConfiguration", FARGATE, {APP + "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3", "config-file-value": "x"}}}, "Tasks using the Fargate launch type only support the FireLens configuration file type 'file'."),
    Case("8.6, network modes", EC2, {"requiresCompatibilities": ["EXTERNAL"], "networkMode": "awsvpc"}, "EXTERNAL compatible task definitions do not support networkMode=awsvpc"),
    Case("8.6, not available", EC2, {"requiresCompatibilities": ["EXTERNAL"]} | _efs(), "EXTERNAL compatible task definitions do not support efsVolumeConfiguration"),
]


# Requests at the very edge of a rule: AWS takes them.
ACCEPTED = [
    (EC2, {APP + "dockerLabels": {"x": "y" * (66000 - (66109 - 65536))}}),
    (EC2, {APP + "portMappings": [{"containerPortRange": f"{n}-{n + 1}"} for n in range(1000, 1200, 2)]}),
    (EC2, {APP + "portMappings": [{"containerPort": 1, "hostPort": 65535}]}),
    (EC2, {APP + "linuxParameters": {"swappiness": 100, "maxSwap": 0}}),
    (EC2, {APP + "ulimits": [{"name": "core", "softLimit": 1, "hardLimit": -1}]}),
    (EC2, {APP + "ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1}]}),
    (EC2, {APP + "systemControls": [{"namespace": "net.core.somaxconn", "value": "1"}, {"namespace": "kernel.shmmax", "value": "1"}]}),
    (EC2, {"ipcMode": "host", APP + "systemControls": [{"namespace": "net.core.somaxconn", "value": "1"}]}),
    (EC2, {"networkMode": "host", APP + "systemControls": [{"namespace": "fs.mqueue.msg_max", "value": "1"}]}),
    (EC2, {APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS | {"awslogs-datetime-format": "%H"}}}),
    (EC2, {"family": "x" * 255, APP + "name": "y" * 255}),
    (EC2, {APP + "image": "web@sha256:beef"}),
    (EC2, {APP + "portMappings": [{"containerPort": 80, "name": "Web"}]}),
    (EC2, {"containerDefinitions": _containers(10)}),
    (EC2, {APP + "image": "public.ecr.aws/nginx/nginx:1.27@sha256:" + "a" * 64}),
    (EC2, {APP + "memory": 6}),
    (EC2, {APP + "memoryReservation": 128}),
    (EC2, {"cpu": "128"}),
    (EC2, {"cpu": "192 vCPU"}),
    (FARGATE, {APP + "cpu": 256, APP + "memory": 512}),
    (FARGATE, {APP + "memory": 512, "containerDefinitions.1": SIDE | {"memory": 512}}),
    (FARGATE, {APP + "memoryReservation": 500, "containerDefinitions.1": SIDE | {"memoryReservation": 12}}),
    (FARGATE, {APP + "portMappings": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 65535}]}),
    (FARGATE, {APP + "portMappings": [{"containerPortRange": "1-79"}, {"containerPort": 80}, {"containerPortRange": "81-65535"}]}),
    (EC2, {APP + "portMappings": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81, "hostPort": 8081}]}),
    (EC2, {APP + "portMappings": [{"containerPort": 80, "hostPort": 53}, {"containerPort": 81, "hostPort": 53, "protocol": "udp"}]}),
    (EC2, {APP + "portMappings": [{"containerPort": 80}], "containerDefinitions.1": SIDE | {"portMappings": [{"containerPort": 80}]}}),
    (EC2, {"containerDefinitions.1": SIDE, APP + "links": ["side:s"]}),
    (EC2, {"containerDefinitions.1": SIDE, APP + "dependsOn": [{"containerName": "side", "condition": "SUCCESS"}]}),
    (FARGATE, {APP + "startTimeout": 120, APP + "stopTimeout": 120}),
    (FARGATE, {APP + "startTimeout": 2, APP + "stopTimeout": 2}),
    (EC2, {APP + "stopTimeout": 600}),
    (EC2, {APP + "healthCheck": {"command": ["CMD-SHELL", "healthy"], "interval": 5, "timeout": 2, "retries": 1, "startPeriod": 0}}),
    (EC2, {APP + "healthCheck": {"command": ["CMD", "healthy"], "interval": 300, "timeout": 60, "retries": 10, "startPeriod": 300}}),
    (EC2, {APP + "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": list(range(50))}}),
    (EC2, {APP + "restartPolicy": {"enabled": True, "restartAttemptPeriod": 1800}}),
    (EC2, {APP + "environmentFiles": [FILE] * 10}),
    (FARGATE, {APP + "secrets": [{"name": "A", "valueFrom": "/team/a"}, {"name": "B", "valueFrom": "arn:aws:secretsmanager:us-east-1:210987654321:secret:b-AbCdEf:key::"}]}),
    (FARGATE, {APP + "secrets": [{"name": "A", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/team/a"}]}),
    (FARGATE, {APP + "logConfiguration": {"logDriver": "awslogs", "options": AWSLOGS | {"mode": "blocking", "max-buffer-size": "25m"}}}),
    (EC2, {APP + "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r"}}}),
    (FARGATE, {APP + "logConfiguration": {"logDriver": "splunk", "options": {"splunk-url": "u"}, "secretOptions": [{"name": "splunk-token", "valueFrom": "t"}]}}),
    (FARGATE, {APP + "logConfiguration": {"logDriver": "awsfirelens"}, "containerDefinitions.1": SIDE | {"firelensConfiguration": {"type": "fluentbit"}}}),
    (FARGATE, _efs(**ACCESS_POINT, rootDirectory="/")),
    (FARGATE, {"volumes": [{"name": "v", "configuredAtLaunch": True}], APP + "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}),
    (EC2, {"containerDefinitions.1": SIDE, APP + "volumesFrom": [{"sourceContainer": "side"}]}),
    (EC2, {"volumes": [{"name": "v", "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": False}}]}),
    (EC2, {"taskRoleArn": "short-name", "executionRoleArn": "arn:aws:iam::123456789012:role/service-role/path"}),
    (FARGATE, {"ephemeralStorage": {"sizeInGiB": 21}}),
    (FARGATE, {"ephemeralStorage": {"sizeInGiB": 200}}),
    (FARGATE, {"pidMode": "task", APP + "privileged": False, APP + "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}}}),
    (FARGATE, {APP + "ulimits": [{"name": "nofile", "softLimit": 1048576, "hardLimit": 1048576}]}),
    (FARGATE, {"requiresCompatibilities": ["FARGATE", "EC2"]}),
    (FARGATE, {"runtimePlatform": {"cpuArchitecture": "ARM64"}}),
    (FARGATE, {"cpu": "1024", "memory": "2048", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}),
    (FARGATE, {"executionRoleArn": ..., APP + "image": "public.ecr.aws/nginx/nginx"}),
    (EC2, {APP + "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1", APP + "privileged": True}),
    (EC2, {"requiresCompatibilities": ["EXTERNAL"], "networkMode": "host"}),
    (EC2, {APP + "resourceRequirements": [{"type": "GPU", "value": "9999"}]}),
    (FARGATE, {"proxyConfiguration": PROXY | {"properties": [{"name": n, "value": "1"} for n in ("IgnoredUID", "AppPorts", "ProxyIngressPort", "ProxyEgressPort")]}}),
    (EC2, {"placementConstraints": [{"type": "memberOf", "expression": "attribute:x == " + "x" * 1985}] * 10}),
]
# fmt: on

CASES = [*NAMES, *SIZES, *NETWORK, *ORDERING, *SECRETS, *LOGS, *VOLUMES, *PLATFORM, *ON_FARGATE]
