"""Where the boxes and arrows of a state diagram go: layers from top to bottom, ends at the bottom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

BOX_WIDTH: Final = 176
BOX_HEIGHT: Final = 60
COLUMN: Final = 208
ROW: Final = 136
MARGIN: Final = 56
LANE: Final = 18


@dataclass(frozen=True)
class Link:
    """An arrow between two boxes. `numbers` are the acts it stands for; none when the reader is not told of them."""

    source: str
    target: str
    numbers: tuple[int, ...]


@dataclass
class Drawing:
    """Centres of the boxes, in pixels, and the arrows as SVG path data with the place of their number."""

    width: int
    height: int
    boxes: dict[str, tuple[int, int]]
    arrows: list[tuple[Link, str, tuple[int, int]]] = field(default_factory=list)


def lay_out(order: list[str], finals: frozenset[str], links: list[Link]) -> Drawing:
    """Lay out the states `order` (the first is the initial one)."""
    layers = _layers(order, finals, links)
    widest = max(len(layer) for layer in layers)
    width = widest * COLUMN + 2 * MARGIN
    boxes = {}
    for depth, layer in enumerate(layers):
        left = width // 2 - (len(layer) - 1) * COLUMN // 2
        for place, code in enumerate(layer):
            boxes[code] = (left + place * COLUMN, MARGIN + BOX_HEIGHT // 2 + depth * ROW)
    drawing = Drawing(width, MARGIN + (len(layers) - 1) * ROW + BOX_HEIGHT + MARGIN // 2, boxes)
    _Router(drawing, links).route()
    return drawing


def _layers(order: list[str], finals: frozenset[str], links: list[Link]) -> list[list[str]]:
    """Each state one layer below the lowest that leads to it (roads back left aside); final states at the bottom."""
    rank = {code: place for place, code in enumerate(order)}
    depth = dict.fromkeys(order, 0)
    for code in order:
        for link in links:
            if link.source == code and rank[link.target] > rank[code]:
                depth[link.target] = max(depth[link.target], depth[code] + 1)
    bottom = max((depth[code] for code in order if code not in finals), default=0) + 1
    by_depth: dict[int, list[str]] = defaultdict(list)
    for code in order:
        by_depth[bottom if code in finals else depth[code]].append(code)
    layers = [by_depth[level] for level in sorted(by_depth)]
    place = dict.fromkeys(order, 0.0)
    for layer in layers:
        above = {code: [place[link.source] for link in links if link.target == code] for code in layer}
        layer.sort(key=lambda code: (sum(above[code]) / len(above[code]) if above[code] else 99.0, rank[code]))
        for index, code in enumerate(layer):
            place[code] = index - (len(layer) - 1) / 2
    return layers


class _Router:
    """Draws each arrow: curves between neighbouring layers, right angles around the boxes for longer ones."""

    def __init__(self, drawing: Drawing, links: list[Link]) -> None:
        self.drawing = drawing
        self.links = links
        self.ports: dict[tuple[int, str], int] = {}
        self.used_lanes = {"left": 0, "right": 0}

    def route(self) -> None:
        self._share_ports()
        for place, link in enumerate(self.links):
            if link.source == link.target:
                path, badge = self._loop(link)
            elif self._is_short(link):
                path, badge = self._curve(place, link)
            else:
                path, badge = self._detour(place, link)
            self.drawing.arrows.append((link, path, badge))

    def _is_short(self, link: Link) -> bool:
        rows = abs(self.drawing.boxes[link.source][1] - self.drawing.boxes[link.target][1]) // ROW
        return rows == 1

    def _share_ports(self) -> None:
        """Arrows that touch the same side of a box are spread along it, in the order of their other ends."""
        sides: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
        for place, link in enumerate(self.links):
            if link.source == link.target:
                continue
            (sx, sy), (tx, ty) = self.drawing.boxes[link.source], self.drawing.boxes[link.target]
            if self._is_short(link):
                sides[link.source, "bottom" if ty > sy else "top"].append((tx, place, "source"))
            sides[link.target, "top" if ty > sy else "bottom"].append((sx, place, "target"))
        for (code, _side), touching in sides.items():
            x = self.drawing.boxes[code][0]
            for nth, (_other, place, end) in enumerate(sorted(touching), start=1):
                self.ports[place, end] = x - BOX_WIDTH // 2 + BOX_WIDTH * nth // (len(touching) + 1)

    def _curve(self, place: int, link: Link) -> tuple[str, tuple[int, int]]:
        (_sx, sy), (_tx, ty) = self.drawing.boxes[link.source], self.drawing.boxes[link.target]
        down = ty > sy
        half = BOX_HEIGHT // 2
        x1, x2 = self.ports[place, "source"], self.ports[place, "target"]
        y1, y2 = (sy + half, ty - half) if down else (sy - half, ty + half)
        middle = (y1 + y2) // 2
        share = 0.4 if down else 0.6
        badge = (round(x1 + (x2 - x1) * 0.5), round(y1 + (y2 - y1) * (0.5 if x1 != x2 else share)))
        return f"M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}", badge

    def _detour(self, place: int, link: Link) -> tuple[str, tuple[int, int]]:
        """Sideways out of the source, along a free column or a lane at the edge, then into the target."""
        (sx, sy), (_tx, ty) = self.drawing.boxes[link.source], self.drawing.boxes[link.target]
        down = ty > sy
        port = self.ports[place, "target"]
        end = ty - BOX_HEIGHT // 2 if down else ty + BOX_HEIGHT // 2
        side = "left" if port < sx else "right"
        out = sx - BOX_WIDTH // 2 if side == "left" else sx + BOX_WIDTH // 2
        taken = self.used_lanes[side]
        start_y = sy + (taken % 5 - 2) * 10
        if self._column_is_free(port, sy, ty) and abs(port - sx) > BOX_WIDTH // 2:
            self.used_lanes[side] += 1
            return f"M{out} {start_y}H{port}V{end}", (port, (start_y + end) // 2)
        self.used_lanes[side] += 1
        lane = LANE * (taken + 1) if side == "left" else self.drawing.width - LANE * (taken + 1)
        turn = end - 20 if down else end + 20
        return f"M{out} {start_y}H{lane}V{turn}H{port}V{end}", (lane, (start_y + turn) // 2)

    def _column_is_free(self, x: int, y1: int, y2: int) -> bool:
        low, high = min(y1, y2), max(y1, y2)
        return not any(low < y < high and abs(bx - x) < BOX_WIDTH // 2 + LANE for bx, y in self.drawing.boxes.values())

    def _loop(self, link: Link) -> tuple[str, tuple[int, int]]:
        x, y = self.drawing.boxes[link.source]
        top = y - BOX_HEIGHT // 2
        return f"M{x + 36} {top}C{x + 36} {top - 40} {x + 76} {top - 40} {x + 76} {top}", (x + 56, top - 30)
