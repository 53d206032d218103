"""What moto lacks, one module a service, each with an `install()` that patches moto in place."""

import importlib
import sys
import traceback
from collections.abc import Callable
from typing import Any

MODULES = (
    "accounts",
    "iam",
    "identities",
    "simulation",
    "sts",
    "s3",
    "sqs",
    "ec2",
    "autoscaling",
    "ecs",
    "ecr",
    "stepfunctions",
    "budgets",
    "athena",
    "lambdas",
    "tagging",
    "kafka",
    "firehose",
    "redshift",
    "redshift_serverless",
    "redshift_data",
    "quicksight",
)


def install_gaps() -> tuple[list[str], dict[str, Callable[..., Any]]]:
    """Installs every gap.

    Returns the names of modules that do not fit this version of moto, and the
    applications of whole services by the prefix of their X-Amz-Target header.
    """
    unfitted: list[str] = []
    services: dict[str, Callable[..., Any]] = {}
    for name in MODULES:
        try:
            module = importlib.import_module(f"{__name__}.{name}")
            services.update(module.install() or {})
        except (AttributeError, ImportError) as error:
            unfitted.append(name)
            print(f"the gap filler {name} does not fit this moto: {error}", file=sys.stderr)
            traceback.print_exc()
    judged = importlib.import_module(f"{__name__}.judged").judged
    return unfitted, {target: judged(application) for target, application in services.items()}
