"""What a contraction will do, as numbers and as text."""

from dataclasses import dataclass

from models.tensors.plan import Copy, Plan, memory


@dataclass(frozen=True)
class Explanation:
    """What `models.tensors.contract.contract` will do with tensors of these shapes and strides.

    Attributes
    ----------
    equation : str
        Dots spelt out.
    path : tuple of tuple of int
        Positions of each pair; its output goes to the end of the list.
    flops : int
        Two for each multiplication and addition of products, one for each multiplication where nothing is
        summed; sums of one tensor alone are not counted.
    peak_bytes : int
        Most that is taken at once beside the given tensors; the output is part of it.
    copies : tuple of Copy
        Of which tensor, and how many bytes.
    lines : tuple of str
        One a step.
    """

    equation: str
    path: tuple[tuple[int, int], ...]
    flops: int
    peak_bytes: int
    copies: tuple[Copy, ...]
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        """A line of totals, then one a step."""
        made = ", ".join(f"{each.of} ({each.bytes:,} bytes)" for each in self.copies) or "none"
        total = f"{self.equation}: {self.flops:,} FLOPs, at most {self.peak_bytes:,} bytes, copies: {made}"
        return "\n  ".join([total, *self.lines])


def explained(plan: Plan, itemsize: int) -> Explanation:
    """Numbers of a plan.

    Parameters
    ----------
    plan : Plan
    itemsize : int
        Bytes of a number.
    """
    peak, copies = memory(plan, itemsize)
    lines = []
    for step in plan.steps:
        (batch, *rows), (*_, columns) = step.product.views[0][0] or (1,), step.product.views[1][0] or (1,)
        kind = (
            "elements multiplied"
            if step.product.elementwise
            else (f"{batch} of {rows[0]} x {rows[1]} by {rows[1]} x {columns}")
        )
        left, right = step.terms
        lines.append(f"{step.left}, {step.right}: {left},{right}->{step.product.modes}: {kind}")
    path = tuple((step.left, step.right) for step in plan.steps)
    flops = sum(step.product.flops for step in plan.steps)
    return Explanation(plan.equation, path, flops, peak, tuple(copies), tuple(lines))
