class Refusal(Exception):
    """What is wrong and what to do, each a French sentence."""

    def __init__(self, fault: str, mend: str):
        super().__init__(f"{fault} {mend}")
