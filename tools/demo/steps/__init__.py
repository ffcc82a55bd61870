"""The seven steps. Each has a ``TITLE`` and a ``run``, and leaves the stage to the next one."""
