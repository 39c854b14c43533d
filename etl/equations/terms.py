"""Terms while a corpus grows: sizes and classes of nodes, subtrees by number, and their replacement."""

from dataclasses import dataclass, field

from etl.equations.forest import NONE, Builder
from etl.equations.grammar import CODE, COMMUTATIVE

Way = list[tuple[int, bool]]
"""From a root down to a subtree: each node on the way, and whether the way goes on to the right."""
_STEEP = frozenset(CODE[name] for name in ("exp", "sinh", "cosh", "csch", "sech"))
_POW, _SYMBOL = CODE["pow"], CODE["symbol"]


@dataclass
class Terms:
    """Nodes of a builder, with what the growth of equations asks of them.

    Attributes
    ----------
    build : Builder
    size : list of int
        Nodes of the tree below each node, itself included.
    steep : list of int
        Exponentials and powers with a growing exponent inside each other, at most: three overflow.
    kind : list of int
        Class of each node up to order of the arguments of sums, products and equalities.
    varies : list of bool
        Whether there is a symbol below.
    """

    build: Builder
    size: list[int] = field(default_factory=list)
    steep: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    varies: list[bool] = field(default_factory=list)
    _kinds: dict[tuple[int, int, int, int], int] = field(default_factory=dict)

    def measure(self) -> None:
        """Bring the lists up to the nodes built so far."""
        size, steep, kind, varies = self.size, self.steep, self.kind, self.varies
        for code, left, right, leaf in self.build.keys[len(size) :]:
            if left < 0:
                size.append(1)
                steep.append(0)
                varies.append(code == _SYMBOL)
                kind.append(self._kinds.setdefault((code, left, right, leaf), len(self._kinds)))
                continue
            varies.append(varies[left] or (right >= 0 and varies[right]))
            size.append(1 + size[left] + (size[right] if right >= 0 else 0))
            rises = code in _STEEP or (code == _POW and size[right] > 1)
            steep.append(max(steep[left], steep[right] if right >= 0 else 0) + rises)
            first, second = kind[left], kind[right] if right >= 0 else NONE
            if code in COMMUTATIVE and second < first:
                first, second = second, first
            kind.append(self._kinds.setdefault((code, first, second, leaf), len(self._kinds)))

    def find(self, root: int, place: int) -> tuple[int, Way]:
        """The subtree at a place in order from the root (0) to the last leaf, and the way to it."""
        way: Way = []
        node, keys, size = root, self.build.keys, self.size
        while place:
            _, left, right, _ = keys[node]
            place -= 1
            to_right = place >= size[left]
            way.append((node, to_right))
            if to_right:
                place -= size[left]
            node = right if to_right else left
        return node, way

    def put(self, way: Way, node: int) -> int:
        """The root again, with another subtree at the end of a way."""
        keys, add = self.build.keys, self.build.add
        for parent, to_right in reversed(way):
            code, left, right, _ = keys[parent]
            node = add(code, left, node) if to_right else add(code, node, right)
        return node

    def substitute(self, root: int, symbol: int, node: int) -> int:
        """The root again, with a subtree for each occurrence of a symbol."""
        keys, add = self.build.keys, self.build.add
        known = {symbol: node, NONE: NONE}

        def walk(each: int) -> int:
            found = known.get(each)
            if found is None:
                code, left, right, _ = keys[each]
                found = each if left < 0 else add(code, walk(left), walk(right))
                known[each] = found
            return found

        return walk(root)
