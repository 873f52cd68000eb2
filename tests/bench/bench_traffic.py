"""A day of traffic at a service behind a load balancer, and a rollout
under traffic, through boto3 and moto.

Run by hand: `python tests/bench/bench_traffic.py`.
"""

from time import perf_counter

from ecslab import Lab
from ecslab.world.traffic import daily

PORT = 8080
RECIPE = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {"name": "app", "image": "nginx", "portMappings": [{"containerPort": PORT}]}
    ],
}


def bring_up(count: int) -> tuple[Lab, str]:
    """A lab with a steady service of `count` tasks behind a load balancer, and its DNS name."""
    lab = Lab()
    ecs, elb, ec2 = (lab.client(name) for name in ("ecs", "elbv2", "ec2"))
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
    )
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=arn,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    balancer = elb.create_load_balancer(Name="lb", Subnets=subnets[:2])["LoadBalancers"][0]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=forward,
    )
    ecs.create_cluster()
    ecs.register_task_definition(**RECIPE)
    ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
        loadBalancers=[{"targetGroupArn": arn, "containerName": "app", "containerPort": PORT}],
    )
    lab.settle()
    return lab, balancer["DNSName"]


def track(lab: Lab) -> None:
    """Have Service Auto Scaling hold the CPU at sixty percent."""
    scaling = lab.client("application-autoscaling")
    what = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/default/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**what, MinCapacity=4, MaxCapacity=200)
    target = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    scaling.put_scaling_policy(
        **what,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60,
            "PredefinedMetricSpecification": target,
        },
    )


def main() -> None:
    """Print what is promised beside what is measured."""
    lab, name = bring_up(100)
    flow = lab.traffic(name, daily(50, 2_000))
    began = perf_counter()
    lab.advance("24h")
    day = perf_counter() - began
    print(f"24 h of daily traffic at 100 tasks: {day:.3f} s; {len(flow.log)} rows")
    lab.close()
    lab, name = bring_up(100)
    track(lab)
    flow = lab.traffic(name, daily(50, 1_500))
    began = perf_counter()
    lab.advance("24h")
    day = perf_counter() - began
    started = sum(e.facts["count"] for e in lab.timeline.where(kind="started tasks"))
    print(
        f"the same with target tracking: {day:.3f} s against the promise of 1 s; {started} "
        "tasks started"
    )
    print(f"    {flow.log.errors} of {flow.log.requests} requests failed")
    lab.close()
    for count in (50, 500, 1_000):
        began = perf_counter()
        lab, name = bring_up(count)
        up = perf_counter() - began
        lab.traffic(name, 10 * count)
        lab.client("ecs").update_service(service="web", forceNewDeployment=True)
        began = perf_counter()
        lab.settle()
        print(
            f"{count:>5} tasks: up in {up:.2f} s, rolled under traffic in "
            f"{perf_counter() - began:.2f} s"
        )
        lab.close()


if __name__ == "__main__":
    main()
