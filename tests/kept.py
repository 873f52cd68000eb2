"""Texts kept in files: a change of one is a change that somebody looked at."""


def assert_same_as_kept(path, text):
    """Compare with the kept file; delete the file to have the next run write
    it anew, then look at the difference.
    """
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        raise AssertionError(f"{path} was written: look at it, then run again")
    assert text == path.read_text(encoding="utf-8")
