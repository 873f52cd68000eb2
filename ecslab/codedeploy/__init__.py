"""AWS CodeDeploy for Amazon ECS: blue/green deployments that drive
task sets and listener weights.
"""
