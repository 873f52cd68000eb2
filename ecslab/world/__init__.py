"""What runs in the tasks: images and how they behave. The world decides; ECS only observes."""
