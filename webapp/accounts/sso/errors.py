"""What comes in the way of somebody who signs in with a work account.

SignInError
├── NotStarted      it was not started in this browser, or too long ago
├── Cancelled       the reader turned back
├── NotAnswering    the accounts' service gives no answer that can be used
│   └── Crowded     too many of its answers are being waited for
├── TurnedAway      it refuses the dashboard itself, or the settings don't fit it: a fault that lasts
├── Spent           its code is used, too old, or somebody else's
├── Untrusted       what it says of the reader does not hold
├── NotConfirmed    nothing vouches for the account's e-mail address
└── NotLetIn        the settings don't let this account in
"""


class SignInError(Exception):
    """Nobody is signed in. `reason` is for the log, in words of the program, never the provider's or the reader's."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class NotStarted(SignInError):
    """It was not started in this browser, or too long ago."""


class Cancelled(SignInError):
    """The reader turned back, or was turned back."""


class NotAnswering(SignInError):
    """The service that keeps the accounts gives no answer that can be used."""


class Crowded(NotAnswering):
    """Too many of its answers are being waited for."""


class TurnedAway(SignInError):
    """The service refuses the dashboard itself, or the settings don't fit it: whoever runs it has to act."""


class Spent(SignInError):
    """The code that the reader came back with is used, too old, or was given to another browser."""


class Untrusted(SignInError):
    """What the service says of the reader is not surely its own, or not surely of this sign-in."""


class NotConfirmed(SignInError):
    """Nothing vouches for the account's e-mail address."""


class NotLetIn(SignInError):
    """The settings don't let this account in."""
