"""How is an error told? One sentence for people, one stable code for programs, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from integra_node.rules.messages import N_
from integra_protocol.errors import (
    ConflictError,
    InputError,
    IntegraError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)


class SignInRequiredError(NotAllowedError):
    """Nobody is signed in, or the session has ended."""

    code = "sign_in_required"
    status = 401


class SignInRefusedError(NotAllowedError):
    """Wrong username or password, or the account is locked or disabled; which one is not said."""

    code = "sign_in_refused"
    status = 401


class PasswordChangeRequiredError(NotAllowedError):
    """The password was set by somebody else and must be changed on the pages first."""

    code = "password_change_required"


class BadFormError(InputError):
    """A body that is not a form of ours."""

    code = "bad_form"


class BadJsonError(InputError):
    """A body that is not JSON, or not an object."""

    code = "bad_json"


class BodyTooLargeError(InputError):
    """A body over the bound of its route."""

    code = "body_too_large"
    status = 413


class WrongMediaError(InputError):
    """A body of another media type than the route takes."""

    code = "wrong_media"
    status = 415


class WrongMethodError(InputError):
    """The address exists and takes other methods."""

    code = "wrong_method"
    status = 405


class WrongHostError(InputError):
    """The request names a host that is not ours."""

    code = "wrong_host"
    status = 421


class PreconditionMissingError(InputError):
    """A change without ``If-Match``."""

    code = "precondition_required"
    status = 428


class SlowError(UnavailableError):
    """It took longer than a request may take."""

    code = "timeout"


# Sentences say what happened and what to do next.
_BY_CODE: Final[Mapping[str, str]] = {
    "sign_in_required": N_("Sign in to go on."),
    "sign_in_refused": N_(
        "The username or the password is wrong, or the account is locked for some minutes after "
        "too many tries."
    ),
    "password_change_required": N_("Choose your own password on the staff pages first."),
    "foreign_form": N_("This form is no longer valid. Go back, reload the page and send it again."),
    "bad_form": N_("The form could not be read. Go back, reload the page and send it again."),
    "bad_json": N_("The body is not a JSON object."),
    "body_too_large": N_("What you sent is too large."),
    "wrong_media": N_("What you sent is of a kind that is not accepted here."),
    "wrong_method": N_("This cannot be done at this address."),
    "wrong_host": N_("The address in your browser is not the address of this service."),
    "precondition_required": N_("Send the ETag of what you change in the header If-Match."),
    "precondition_failed": N_(
        "Somebody else has changed this in the meantime. Reload it and make your change again."
    ),
    "second_person_needed": N_("You wrote this yourself. Somebody else has to look at it."),
    "too_many_imports": N_(
        "Several of your imports are not at their end. Finish one or let go of it first."
    ),
    "not_author": N_("Only the person who writes this draft can change it."),
    "wrong_state": N_("This cannot be done in the state it is in now. Reload the page."),
    "idempotency_conflict": N_("This Idempotency-Key was used with another body."),
    "not_ours": N_("Only the organisation that said this takes it back."),
    "own_practice": N_("This is a practice of your own organisation. Others say how they see it."),
    "practice_ended": N_("This version was withdrawn, erased or replaced. Go to the newest one."),
    "own_alert": N_("This is an alert of your own organisation. Only others answer it."),
    "alert_ended": N_("This alert was retracted or erased. There is nothing left to answer."),
    "red_not_printed": N_(
        "TLP:RED is read on the screen by the people it names. It is never printed or exported."
    ),
    "no_officer_key": N_("You have no signing key. Make one under My account."),
    "officer_locked": N_("Five wrong PINs have locked your signing key. Make a new key."),
    "officer_revoked": N_("The signing key was revoked. An administrator can allow a new one."),
    "wrong_pin": N_("The PIN is wrong."),
    "pin_needed": N_("Enter your signing PIN."),
    "reason_needed": N_("Give a reason."),
    "ground_needed": N_("Choose the ground of the refusal."),
    "not_owner": N_("Only the owner of this notice can do that."),
    "not_witnessed": N_(
        "Not enough other organisations have confirmed this yet. Try again in some minutes."
    ),
    "stale": N_(
        "Membership in the federation has not been confirmed for too long, so nothing can be sent. "
        "It is tried again by itself; tell your administrator if it lasts."
    ),
    "behind": N_(
        "This machine was restored from an old backup and is being refilled. Until then nothing "
        "can be sent. Try again later."
    ),
    "timeout": N_("This took too long. Try again in a minute."),
    "rate": N_("Too many tries. Wait a little and try again."),
    "busy": N_("The service is busy. Wait a little and try again."),
    "invalid_fields": N_("Some of what you entered cannot be accepted."),
    "not_allowed": N_("Your roles do not allow this. Ask an administrator if you need it."),
    "not_found": N_("There is nothing here. It may have been withdrawn or never existed."),
    "conflict": N_("This cannot be done any more, or not yet. Reload the page to see its state."),
    "unavailable": N_("This cannot be done now. Try again in a minute."),
    "invalid": N_("What you sent cannot be accepted."),
    "error": N_("Something went wrong on our side. It has been written to the log."),
}
_FAMILIES: Final = (InputError, NotAllowedError, NotFoundError, ConflictError, UnavailableError)
_TITLES: Final[Mapping[int, str]] = {
    401: N_("Sign in"),
    403: N_("You may not do this"),
    404: N_("Page not found"),
    409: N_("This has changed"),
    429: N_("Too many tries"),
    503: N_("Not available now"),
}


def sentence(error: IntegraError) -> str:
    """Return the untranslated sentence for an error: its own, or that of its family."""
    own = _BY_CODE.get(error.code)
    if own is not None:
        return own
    family = next((kind.code for kind in _FAMILIES if isinstance(error, kind)), "error")
    return _BY_CODE[family]


def title(status: int) -> str:
    """Return the untranslated heading of an error page."""
    if status in _TITLES:
        return _TITLES[status]
    return N_("This did not work") if status < 500 else N_("Something went wrong")


def error_for_status(status: int) -> IntegraError:
    """Return our error for one that the web server itself raised."""
    found: Mapping[int, type[IntegraError]] = {
        403: NotAllowedError,
        404: NotFoundError,
        405: WrongMethodError,
        413: BodyTooLargeError,
        415: WrongMediaError,
    }
    return found.get(status, InputError)()
