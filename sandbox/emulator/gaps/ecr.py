"""ECR.

- An image's digest is made up unless the caller sends one; its size is that of
  the configuration without layers.
- A tag that an immutable repository refuses is answered as
  ImageAlreadyExistsException where AWS says ImageTagAlreadyExistsException.
- Rules of the pull-through cache are missing.
- It takes no layers. Where this machine has a registry (registry.py), the login
  leads there, and what was pushed to it is an image here.
"""

import hashlib
import json
import time
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend, Image
from moto.ecr.responses import ECRResponse

from emulator.registry import Registry


class ImageTagAlreadyExists(ServiceException):
    """The tag is taken by other content and the repository is immutable."""

    code = "ImageTagAlreadyExistsException"


class PullThroughCacheRuleNotFound(ServiceException):
    """No rule has that prefix."""

    code = "PullThroughCacheRuleNotFoundException"


def _digest(self: Image) -> str:
    return self._image_digest or f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"


def _size(self: Image) -> int | None:
    manifest = json.loads(self.image_manifest)
    if "layers" not in manifest:
        return None
    return sum(part.get("size", 0) for part in [manifest.get("config", {}), *manifest["layers"]])


def _rules(self: ECRResponse) -> dict[str, dict[str, Any]]:
    """Rules live in the backend, so that a reset of the emulator takes them too."""
    found: dict[str, dict[str, Any]] = self.ecr_backend.__dict__.setdefault("pull_through_cache_rules", {})
    return found


FIELDS = ("ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix", "credentialArn")


def _create_rule(self: ECRResponse) -> str:
    given = {field: self._get_param(field) for field in FIELDS}
    rule = {field: value for field, value in given.items() if value is not None}
    rule |= {"createdAt": time.time(), "registryId": self.current_account}
    _rules(self)[rule["ecrRepositoryPrefix"]] = rule
    return json.dumps(rule)


def _describe_rules(self: ECRResponse) -> str:
    wanted = self._get_param("ecrRepositoryPrefixes")
    rules = [rule for prefix, rule in _rules(self).items() if not wanted or prefix in wanted]
    if wanted and not rules:
        raise PullThroughCacheRuleNotFound(f"no rule for {wanted}")
    return json.dumps({"pullThroughCacheRules": rules})


def _delete_rule(self: ECRResponse) -> str:
    rule = _rules(self).pop(self._get_param("ecrRepositoryPrefix"), None)
    if rule is None:
        raise PullThroughCacheRuleNotFound("no such rule")
    return json.dumps(rule)


def _adopt(backend: ECRBackend, registry: Registry, repository_name: str) -> None:
    """Makes images of what the registry has and the backend does not know yet."""
    repository = backend.repositories.get(repository_name)
    if repository is None:
        return
    known = {tag for image in repository.images for tag in image.image_tags}
    for tag in registry.tags(repository_name):
        if tag not in known:
            manifest = registry.manifest(repository_name, tag)
            backend.put_image(repository_name, manifest.body, tag, manifest.media_type, manifest.digest)


def join(registry: Registry) -> None:
    """Makes one registry of two halves: bytes there, repositories and images here."""
    for name in ("describe_images", "list_images", "batch_get_image"):

        def after_adopting(
            self: ECRBackend, repository_name: str, *rest: Any, ask: Any = getattr(ECRBackend, name), **named: Any
        ) -> Any:
            _adopt(self, registry, repository_name)
            return ask(self, repository_name, *rest, **named)

        setattr(ECRBackend, name, after_adopting)

    delete_images = ECRBackend.batch_delete_image
    delete_repository = ECRBackend.delete_repository
    token = ECRResponse.get_authorization_token

    def digests(backend: ECRBackend, repository_name: str) -> set[str]:
        repository = backend.repositories.get(repository_name)
        return set() if repository is None else {image.get_image_digest() for image in repository.images}

    def remove_images(self: ECRBackend, repository_name: str, *rest: Any, **named: Any) -> Any:
        before = digests(self, repository_name)
        result = delete_images(self, repository_name, *rest, **named)
        for digest in before - digests(self, repository_name):
            registry.remove(repository_name, digest)
        return result

    def remove_repository(self: ECRBackend, repository_name: str, *rest: Any, **named: Any) -> Any:
        _adopt(self, registry, repository_name)
        before = digests(self, repository_name)
        result = delete_repository(self, repository_name, *rest, **named)
        for digest in before:
            registry.remove(repository_name, digest)
        return result

    def token_of_the_registry(self: ECRResponse) -> Any:
        result = token(self)
        for entry in result.result["authorizationData"]:
            entry["proxyEndpoint"] = f"http://{registry.address}"
        return result

    ECRBackend.batch_delete_image = remove_images
    ECRBackend.delete_repository = remove_repository
    ECRResponse.get_authorization_token = token_of_the_registry


def install() -> None:
    """Makes images tell the truth, refuses tags in AWS's words, adds the cache's rules."""
    Image.get_image_digest = _digest
    Image.get_image_size_in_bytes = _size
    put_image = ECRBackend.put_image

    def put_or_refuse(self: ECRBackend, repository_name: str, image_manifest: str, *rest: Any) -> Any:
        try:
            return put_image(self, repository_name, image_manifest, *rest)
        except ImageAlreadyExistsException as error:
            images = self.repositories[repository_name].images
            if any(image.image_manifest == image_manifest for image in images):
                raise
            raise ImageTagAlreadyExists(error.message) from error

    ECRBackend.put_image = put_or_refuse
    ECRResponse.create_pull_through_cache_rule = _create_rule
    ECRResponse.describe_pull_through_cache_rules = _describe_rules
    ECRResponse.delete_pull_through_cache_rule = _delete_rule
