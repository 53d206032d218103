"""Redshift: a cluster lacks the attributes that the provider waits for, and its maintenance window is in capitals."""

from typing import Any

from moto.redshift.models import Cluster


def install() -> None:
    """Gives a cluster the defaults of AWS."""
    Cluster.availability_zone_relocation_status = "disabled"
    Cluster.cluster_availability_status = "Available"
    Cluster.maintenance_track_name = "current"
    Cluster.manual_snapshot_retention_period = -1
    Cluster.multi_az = "Disabled"
    create = Cluster.__init__

    def create_with_lower_case(self: Cluster, *rest: Any, **named: Any) -> None:
        create(self, *rest, **named)
        self.preferred_maintenance_window = self.preferred_maintenance_window.lower()

    Cluster.__init__ = create_with_lower_case
