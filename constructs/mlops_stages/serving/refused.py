"""How a setting is refused: in words that a construct's caller and the author of platform.yaml both understand."""


class RefusedError(ValueError):
    """What cannot be served as asked; its text is `CODE: where: wrong; fix`.

    Attributes:
        code: `REL-...`.
        wrong: what is wrong.
        fix: what to give instead.
        key: the setting to look at first, by its name; None where it is the whole.
    """

    def __init__(self, code: str, where: str, wrong: str, fix: str, *, key: str | None = None) -> None:
        super().__init__(f"{code}: {where}: {wrong}; {fix}")
        self.code, self.wrong, self.fix, self.key = code, wrong, fix, key
