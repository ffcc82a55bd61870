"""The file of everything measured, from which tables and plots can be made again."""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tools.benchmark.surroundings import measured_on

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptPart:
    """What was measured for one part, all of it with the same versions and the same cores."""

    with_what: str
    measured: tuple[tuple[str, Plain], ...] = ()
    """Each with its date."""

    @property
    def plain(self) -> list[Plain]:
        """What was measured, without dates."""
        return [what for _, what in self.measured]

    @property
    def surroundings(self) -> str:
        """One line for below the tables."""
        return measured_on([date for date, _ in self.measured], self.with_what)

    def renewed(
        self, new: Sequence[tuple[str, Plain]], with_what: str, key: Callable[[Plain], Hashable]
    ) -> Self:
        """With what is measured now in the place of what it puts out of date.

        What was measured with other versions, or on another machine, is out of date as a whole.
        """
        keys = {key(what) for _, what in new}
        old = self.measured if with_what == self.with_what else ()
        return type(self)(with_what, (*(one for one in old if key(one[1]) not in keys), *new))


def read_figures(file: Path) -> dict[str, KeptPart]:
    """What was kept, by part; nothing if there is no file."""
    if not file.exists():
        return {}
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {
        part: KeptPart(of_part["with"], tuple((date, what) for date, what in of_part["measured"]))
        for part, of_part in kept.items()
    }


def write_figures(file: Path, kept: dict[str, KeptPart]) -> None:
    """Keep it, a line for each thing measured, so that a difference can be read."""
    parts = []
    for part, of_part in kept.items():
        lines = ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in of_part.measured)
        parts.append(
            f' {json.dumps(part)}: {{"with": {json.dumps(of_part.with_what)}, "measured": [\n'
            f"{lines}\n ]}}"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
