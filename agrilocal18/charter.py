"""Another département's colour in place of the charter's green (static/css/tokens.css), in light and in dark.

One colour is given; its shades are made here, so that a check can read them before anybody else does (WCAG 2.1, 1.4.3).
"""

import re

LEAST_CONTRAST = 4.5
WHITE, BLACK = "#ffffff", "#000000"
# What stands in tokens.css and is not changed: the grounds that the colour is read on, the ink that is read on it.
GROUNDS = {"light": ("#faf6ee", "#fffdf9", "#f1eadc"), "dark": ("#1b1814", "#25211b", "#302a22")}
INKS = {"light": "#2a241c", "dark": "#f3ecdf"}


def is_colour(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def shades(colour: str) -> dict[str, dict[str, str]]:
    """Theme -> name in tokens.css -> colour."""
    night = GROUNDS["dark"][0]
    return {
        "light": {
            "brand": colour,
            "brand-deep": mixed(colour, BLACK, 0.25),
            "brand-ground": mixed(colour, WHITE, 0.88),
            "on-brand": WHITE,
        },
        "dark": {
            "brand": mixed(colour, WHITE, 0.65),
            "brand-deep": mixed(colour, WHITE, 0.8),
            "brand-ground": mixed(colour, night, 0.8),
            "on-brand": night,
        },
    }


def faint(colour: str) -> list[str]:
    """What could not be read in that colour, in words."""
    found = []
    for theme, shade in shades(colour).items():
        read_on = [(shade["brand"], ground) for ground in (*GROUNDS[theme], shade["brand-ground"])]
        read_on += [(shade["brand-deep"], ground) for ground in (*GROUNDS[theme], shade["brand-ground"])]
        read_on += [(shade["on-brand"], shade[ground]) for ground in ("brand", "brand-deep")]
        read_on.append((INKS[theme], shade["brand-ground"]))
        found += [
            f"{text} on {ground} ({theme}): {contrast(text, ground):.1f}:1"
            for text, ground in read_on
            if contrast(text, ground) < LEAST_CONTRAST
        ]
    return found


def style_sheet(colour: str) -> str:
    light, dark = (
        "".join(f"--{name}: {value}; " for name, value in shade.items()) for shade in shades(colour).values()
    )
    return f":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n"


def mixed(colour: str, other: str, share: float) -> str:
    """`share` of the other colour."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine * (1 - share) + its * share):02x}" for mine, its in pairs)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
