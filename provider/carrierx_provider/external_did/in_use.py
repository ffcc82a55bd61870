"""Which registrations the resources of one run rely on, so that no delete releases another's.

A resource that is renamed in the program without an alias is created under its new name first and
deleted under its old one after. With ``adopt_existing`` the create takes over the very registration
that the delete would then release. The same after a crash between the two, when only the delete is
left to a later run: in that run the engine diffs the new resource before it deletes the old one.

Both resources have the same SID, so each is known by its ``resource_mark``. A run with ``--target``
diffs the targets alone: what others rely on is not known then.
"""

import threading


class RegistrationsInUse:
    """Who relies on which SID in this run, and which numbers the run has released."""

    def __init__(self) -> None:
        """Nothing is in use at first."""
        self._marks: dict[str, set[str | None]] = {}
        self._released: set[str] = set()
        self._lock = threading.Lock()

    def note_use(self, external_did_sid: str, mark: str | None) -> None:
        """The resource with this mark has this registration, or asks for it, and keeps it."""
        with self._lock:
            self._marks.setdefault(external_did_sid, set()).add(mark)

    def note_replace(self, external_did_sid: str, mark: str | None) -> None:
        """The resource with this mark gives this registration up."""
        with self._lock:
            self._marks.get(external_did_sid, set()).discard(mark)

    def others_use(self, external_did_sid: str, mark: str | None) -> bool:
        """Whether a resource with another mark relies on this registration."""
        with self._lock:
            return bool(self._marks.get(external_did_sid, set()) - {mark})

    def note_release(self, phonenumber: str) -> None:
        """The number was released in this run."""
        with self._lock:
            self._released.add(phonenumber)

    def was_released(self, phonenumber: str) -> bool:
        """Whether the number was released in this run, which a failed registration has to say."""
        with self._lock:
            return phonenumber in self._released
