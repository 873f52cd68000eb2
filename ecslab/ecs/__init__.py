"""The simulated ECS control plane. It imports no AWS library:
neighbours reach it through `ports/`.
"""
