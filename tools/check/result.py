"""What a stage found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Counts of one stage; a skipped test counts as failed. ``words`` explain failures."""

    passed: int = 0
    failed: int = 0
    words: tuple[str, ...] = ()

    def __add__(self, other: "Result") -> "Result":
        return Result(
            self.passed + other.passed, self.failed + other.failed, self.words + other.words
        )


def ok() -> Result:
    return Result(passed=1)


def wrong(*words: str) -> Result:
    return Result(failed=1, words=words)
