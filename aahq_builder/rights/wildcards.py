"""Patterns of addresses and paths: `*` stands for anything, a `$` at the end for the end, all else for itself."""


def matches(pattern: str, path: str) -> bool:
    """Whether `path` begins with what `pattern` describes; the time grows with the length of both, not with the stars.

    Each part between two stars is taken where it occurs first: a later place could only leave less for the others.
    """
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if is_whole and not others:
        return path == first
    last = others.pop() if is_whole else ""
    position = len(first)
    for part in others:
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return path.endswith(last) and len(path) - len(last) >= position
