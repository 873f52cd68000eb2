"""What an ECS account holds: task definitions, tasks, instances, services, clusters.

Times are lab milliseconds (`Clock.now_ms`). Nested AWS structures that ECS stores and
returns unchanged keep their AWS shape.
"""

from typing import Any

Json = dict[str, Any]
