"""ECS: a service has no `availabilityZoneRebalancing`, so that every plan adds it."""

from moto.ecs.models import Service


def install() -> None:
    """Gives every service the default of AWS."""
    Service.availability_zone_rebalancing = "DISABLED"
