"""The ten digits by their shapes: a small hierarchy for images of digits."""

from etl.hierarchy.tree import Hierarchy

DIGITS = Hierarchy(
    tuple("0123456789"),
    {
        "0": ("closed loop",), "6": ("loop and stroke",), "9": ("loop and stroke",), "8": ("closed loop",),
        "loop and stroke": ("closed loop",), "closed loop": ("curved",), "3": ("curved",),
        "1": ("straight",), "4": ("straight",), "7": ("straight",), "2": ("mixed",), "5": ("mixed",),
    },
    titles={
        "closed loop": "digit with a closed loop",
        "loop and stroke": "loop with a tail",
        "curved": "digit without a straight stroke",
        "straight": "digit of straight strokes",
        "mixed": "digit of a curve and a straight stroke",
    },
)  # fmt: skip
