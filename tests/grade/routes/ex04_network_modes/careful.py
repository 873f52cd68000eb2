"""A right route: counts step by step, tries before it decides, and looks
at the cluster instead of knowing it.
"""

# Written as learners write.
# ruff: noqa: ARG001, C408, C901, D103


def fits(lab, request, machine):
    cpu = machine["cpu"]
    memory = machine["memory"]
    interfaces = machine["interfaces"] - 1
    taken = set()
    copies = 0
    mode = request.get("networkMode") or "bridge"
    while True:
        need = set()
        for c in request["containerDefinitions"]:
            cpu -= c["cpu"]
            memory -= c["memory"]
            for p in c.get("portMappings", []):
                if mode == "host":
                    need.add(p["containerPort"])
                elif mode == "bridge" and p.get("hostPort", 0) != 0:
                    need.add(p["hostPort"])
        if mode == "awsvpc":
            interfaces -= 1
        if cpu < 0:
            return [copies, "RESOURCE:CPU"]
        if memory < 0:
            return [copies, "RESOURCE:MEMORY"]
        if need & taken:
            return [copies, "RESOURCE:PORTS"]
        if interfaces < 0:
            return [copies, "RESOURCE:ENI"]
        taken |= need
        copies += 1


def left_out(lab, tasks):
    tcp, udp = [], []
    no_place = set()
    for task in tasks:
        mode = task.get("networkMode") or "bridge"
        mine = []
        for p in task["portMappings"]:
            number = {"host": p["containerPort"], "bridge": p.get("hostPort", 0)}.get(mode, 0)
            ports = udp if p.get("protocol") == "udp" else tcp
            if number and number in ports:
                no_place.add(task["family"])
            elif number:
                mine.append((ports, number))
        if task["family"] not in no_place:
            for ports, number in mine:
                ports.append(number)
    return no_place


def choose(lab, request, needs):
    ecs = lab.client("ecs")
    container = request["containerDefinitions"][0]
    if needs.get("network", True) is False:
        ecs.register_task_definition(**request, networkMode="none")
        return
    container["portMappings"] = [dict(containerPort=needs["listens_on"], protocol="tcp")]
    if needs.get("own_address"):
        request.update(networkMode="awsvpc")
        container["portMappings"][0]["hostPort"] = needs["listens_on"]
    elif needs.get("sees_machine"):
        request.update(networkMode="host")
    else:
        container["portMappings"][0]["hostPort"] = needs.get("machine_port", 0)
    ecs.register_task_definition(**request)  # without a mode, the API takes bridge


def start(lab, definition, service, security_group):
    ecs = lab.client("ecs")
    ec2 = lab.client("ec2")
    arns = ecs.list_container_instances(cluster=service["cluster"])["containerInstanceArns"]
    room = 2 * len(arns)
    known = {g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]}
    config = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if any(g not in known for g in config.get("securityGroups", [])):
        config["securityGroups"] = [security_group]
    elif definition["networkMode"] == "awsvpc" and service["desiredCount"] > room:
        definition["networkMode"] = "bridge"
        del service["networkConfiguration"]
    elif definition["networkMode"] == "host":
        del definition["networkMode"]
    for p in definition["containerDefinitions"][0]["portMappings"]:
        p["hostPort"] = 0 if definition.get("networkMode") != "awsvpc" else p["containerPort"]
    made = ecs.register_task_definition(**definition)["taskDefinition"]
    service["taskDefinition"] = made["taskDefinitionArn"]
    ecs.create_service(**service)
    lab.settle()
