"""Which registrations other resources of the same run rely on, so that no delete releases them.

A resource that is renamed in the program without an alias is created under its new name first and
deleted under its old one after. With ``adopt_existing`` the create takes over the very registration
that the delete would then release. The same after a crash between the two, when only the delete is
left to a later run: in that run the engine diffs the new resource before it deletes the old one.
"""

import threading


class RegistrationsInUse:
    """The SIDs that a resource of this run was adopted with or diffed with, and keeps."""

    def __init__(self) -> None:
        """Nothing is in use at first."""
        self._numbers: dict[str, str] = {}
        self._lock = threading.Lock()

    def note_adoption(self, external_did_sid: str, phonenumber: str) -> None:
        """A resource has taken this registration over in this run."""
        with self._lock:
            self._numbers[external_did_sid] = phonenumber

    def note_registration(self, phonenumber: str) -> None:
        """The number was registered in this run, so its earlier registrations are gone.

        A replace that broke off between release and registration is finished by a later run: the
        engine diffs what it knows of the old registration first, and deletes it once more after.
        """
        with self._lock:
            self._numbers = {s: n for s, n in self._numbers.items() if n != phonenumber}

    def note_diff(self, external_did_sid: str, phonenumber: str, *, replaced: bool) -> None:
        """The program states a resource with this registration, and keeps or replaces it."""
        with self._lock:
            if replaced:
                self._numbers.pop(external_did_sid, None)
            else:
                self._numbers[external_did_sid] = phonenumber

    def holds(self, external_did_sid: str) -> bool:
        """Whether a delete has to leave this registration alone."""
        with self._lock:
            return external_did_sid in self._numbers
