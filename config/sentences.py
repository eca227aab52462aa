"""What the ground says when something outside the program is in the way: one sentence, in Chinese and in English."""


class Stopped(Exception):
    """A start that cannot go on; carries the sentence people read instead of a traceback.

    zh, en  the same sentence in both languages; it says what is wrong and what to do about it
    """

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh}\n{en}")
        self.zh, self.en = zh, en


def say(zh: str, en: str) -> None:
    """Print one sentence in both languages, at once (a pipe must not hold it back)."""
    print(f"{zh}\n{en}", flush=True)


def disk_full(where: object) -> Stopped:
    """The sentence for a disk without room; `where` is the folder that could not be written."""
    return Stopped(
        f"磁盘空间不足，无法在 {where} 写入数据。请释放空间后再次启动，已有数据不受影响。",
        f"The disk is full: nothing more can be written to {where}. Free some space and start again; no data is lost.",
    )
