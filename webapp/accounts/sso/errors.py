"""The errors of signing in with a work account.

SignInError
├── NotStarted      the sign-in was not started in this browser, or too long ago
├── Cancelled       the user cancelled
├── NotAnswering    the provider doesn't respond, or its response is unusable
│   └── Crowded     too many requests are waiting for the provider
├── TurnedAway      the provider refuses the dashboard, or the settings are wrong: a lasting error
├── Spent           the code has been used, has expired, or belongs to another browser
├── Untrusted       the provider's response is invalid or forged
├── NotConfirmed    the account's e-mail address is not verified
└── NotLetIn        the settings don't allow this account
"""


class SignInError(Exception):
    """Signing in failed. `reason` is for the log, and never contains text from the provider or the user."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class NotStarted(SignInError):
    """The sign-in was not started in this browser, or too long ago."""


class Cancelled(SignInError):
    """The user cancelled, or the provider denied access."""


class NotAnswering(SignInError):
    """The provider doesn't respond, or its response is unusable. It may work later."""


class Crowded(NotAnswering):
    """Too many requests are waiting for the provider."""


class TurnedAway(SignInError):
    """The provider refuses the dashboard itself, or the settings don't match it: the operator has to act."""


class Spent(SignInError):
    """The authorization code has been used, has expired, or was issued to another browser."""


class Untrusted(SignInError):
    """The response can't be verified to come from the provider and to belong to this sign-in."""


class NotConfirmed(SignInError):
    """The account's e-mail address is not verified."""


class NotLetIn(SignInError):
    """The settings don't allow this account to sign in."""
