"""Draws captured terminals (tmux capture-pane -e -p) side by side as an SVG: draw.py TITLE=FILE ..."""

import re
import sys
import unicodedata
from html import escape

CELL, LINE, PAD, BAR = 8.4, 18, 14, 30
INK, PAPER = "#d8dee9", "#1e222a"
BASIC = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf",
         "#7f8796", "#ff7b86", "#b5e890", "#f5d67b", "#7cc4ff", "#e38cf5", "#6be5ef", "#ffffff"]


def colour(n):
    if n < 16:
        return BASIC[n]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    n -= 16
    return "#" + "".join(f"{levels[n // d % 6]:02x}" for d in (36, 6, 1))


def runs(text):
    """Yields (column, characters, style) for each stretch of one line in one style; the style is a dict."""
    for line in text.rstrip("\n").split("\n"):
        found, column = [], 0
        for part in re.split(r"(\x1b\[[\d;]*m)", line):
            if part.startswith("\x1b["):
                apply([int(c or 0) for c in part[2:-1].split(";")])
            else:
                # One run a word: where a font has another width, it shows in no place but its own.
                for word in re.findall(r"\s+|\S+", part):
                    found.append((column, word, dict(style)))
                    column += sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in word)
        yield found


style = {}


def apply(codes):
    while codes:
        code = codes.pop(0)
        if code == 0:
            style.clear()
        elif code in (1, 3, 7):
            style[{1: "bold", 3: "italic", 7: "inverse"}[code]] = True
        elif code in (22, 23, 27):
            style.pop({22: "bold", 23: "italic", 27: "inverse"}[code], None)
        elif code in (38, 48):
            ink = "ink" if code == 38 else "paper"
            if codes.pop(0) == 5:
                style[ink] = colour(codes.pop(0))
            else:
                style[ink] = "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))
        elif code in (39, 49):
            style.pop("ink" if code == 39 else "paper", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["ink"] = colour(code - 30 if code < 40 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style["paper"] = colour(code - 40 if code < 50 else code - 92)


def window(title, text, x, columns, rows):
    width, height = columns * CELL + 2 * PAD, rows * LINE + BAR + 2 * PAD
    out = [f'<g transform="translate({x:g} 1)">',
           f'<rect width="{width:g}" height="{height:g}" rx="9" fill="{PAPER}" stroke="#4c566a"/>',
           *(f'<circle cx="{16 + 18 * i}" cy="16" r="5.5" fill="{c}"/>' for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))),
           f'<text x="{width / 2:g}" y="21" text-anchor="middle" fill="#9aa3b2">{escape(title)}</text>']
    style.clear()
    for row, line in enumerate(runs(text)):
        y = BAR + PAD + row * LINE
        for column, word, s in line:
            ink, paper = s.get("ink", INK), s.get("paper")
            if s.get("inverse"):
                ink, paper = paper or PAPER, ink
            left, length = PAD + column * CELL, len(word) * CELL
            if paper:
                out.append(f'<rect shape-rendering="crispEdges" x="{left:g}" y="{y}" width="{length:g}" height="{LINE}" fill="{paper}"/>')
            if word.strip() == "":
                continue
            if set(word) == {"─"}:
                out.append(f'<path d="M{left:g} {y + 9}h{length:g}" stroke="{ink}"/>')
                continue
            look = (' font-weight="bold"' if s.get("bold") else "") + (' font-style="italic"' if s.get("italic") else "")
            out.append(f'<text x="{left:g}" y="{y + 13}" textLength="{length:g}" fill="{ink}"{look}>{escape(word)}</text>')
    return out + ["</g>"], width, height


def main(arguments):
    windows = [(title, open(path, encoding="utf-8").read()) for title, path in (a.split("=", 1) for a in arguments)]
    rows = max(len(text.rstrip("\n").split("\n")) for _, text in windows)
    columns = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for _, text in windows for line in text.split("\n"))
    body, x, height = [], 1, 0
    for title, text in windows:
        drawn, width, height = window(title, text, x, columns, rows)
        body += drawn
        x += width + 16
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{x - 15:g}" height="{height + 2:g}" '
          f'viewBox="0 0 {x - 15:g} {height + 2:g}" font-family="Menlo, Consolas, DejaVu Sans Mono, monospace" '
          'font-size="14">', *body, "</svg>", sep="\n")


main(sys.argv[1:])
