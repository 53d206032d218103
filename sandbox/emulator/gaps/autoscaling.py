"""Auto Scaling: a group forgets how long its instances may live, and can't be told to replace them.

The first is a change in every plan, by the second no changed launch template is ever applied.
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
"""

import uuid
from collections.abc import Callable

from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

Action = Callable[[AutoScalingResponse], ActionResult]


def _start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    name = self._get_param("AutoScalingGroupName")
    backend = autoscaling_backends[self.current_account][self.region]
    for state in list(backend.autoscaling_groups[name].instance_states):
        backend.terminate_instance(state.instance.id, should_decrement=False)
    return ActionResult({"InstanceRefreshId": str(uuid.uuid4())})


def _remember_lifetime(original: Action) -> Action:
    def remembering(self: AutoScalingResponse) -> ActionResult:
        result = original(self)
        lifetime = self._get_int_param("MaxInstanceLifetime")
        if lifetime is not None:
            backend = autoscaling_backends[self.current_account][self.region]
            name = self._get_param("AutoScalingGroupName")
            backend.autoscaling_groups[name].max_instance_lifetime = lifetime
        return result

    return remembering


def install() -> None:
    """Keeps the lifetime, and replaces instances at once by those of the group's present template."""
    for action in ("create_auto_scaling_group", "update_auto_scaling_group"):
        original = getattr(AutoScalingResponse, action)
        setattr(AutoScalingResponse, action, _remember_lifetime(original))
    AutoScalingResponse.start_instance_refresh = _start_instance_refresh
