"""IAM before the services that moto lacks: moto judges only what it answers itself."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, InvalidClientTokenIdError, SignatureDoesNotMatchError
from moto.iam.access_control import IAMRequest
from werkzeug.datastructures import EnvironHeaders

from emulator.errors import error_response

from .whole import DEFAULT_ACCOUNT, Application


def judged(application: Application) -> Application:
    """Returns the application, which answers only what the caller may ask while IAM is enforced."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if ActionAuthenticatorMixin.request_count < settings.INITIAL_NO_AUTH_ACTION_COUNT:
            return application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            request = IAMRequest(
                account_id=DEFAULT_ACCOUNT,
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                data={},
                body=body,
                headers=EnvironHeaders(environ),  # type: ignore[arg-type]
                action=environ["HTTP_X_AMZ_TARGET"].partition(".")[2],
            )
            request.check_signature()
            request.check_action_permitted("*")
        except (AccessDeniedError, InvalidClientTokenIdError, SignatureDoesNotMatchError) as error:
            return error_response(environ, start_response, 403, "AccessDeniedException", error.message)
        return application(environ, start_response)

    return answer
