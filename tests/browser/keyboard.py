"""Whoever has a keyboard alone goes through a page as everybody else does: what hinders him there."""

from playwright.sync_api import Page

# A field for a date is left only after its day, month, year and calendar.
PRESSES = {"date": 4, "time": 4, "datetime-local": 7, "month": 3, "week": 3}

# At its end, and backwards at its beginning too, Tab leaves the page for the browser.
OUT = 4

# What can be acted upon, in the order of the document; a group of radio buttons is one stop, its arrows do the rest.
# A look is what tells the element that has the focus from the others.
WATCH = """(backwards) => {
  document.body.tabIndex = -1;  // from the top, wherever the page has put the focus
  document.body.focus();
  document.body.removeAttribute("tabindex");
  const radios = (element) => [...document.getElementsByName(element.name)].filter(
    (other) => other.type === "radio" && other.form === element.form && !other.disabled);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const stops = [...document.querySelectorAll(
    "a[href], area[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable=true]"
  )].filter((element) => {
    if (element.tabIndex < 0 || element.disabled || element.matches(":disabled") || !shown(element)) return false;
    if (element.localName === "summary" && element.parentElement.querySelector("summary") !== element) return false;
    if (element.type !== "radio") return true;
    return radios(element).find(shown) === element;
  });
  if (backwards) stops.reverse();
  const look = (element) => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === "none" || style.outlineWidth === "0px" ? "" : style.outline;
    return [outline, style.boxShadow, style.border, style.backgroundColor, style.textDecoration].join(" / ");
  };
  const name = (element) => {
    const text = element.labels?.[0]?.textContent || element.getAttribute("aria-label") || element.textContent;
    return `${element.localName} « ${text.trim().replace(/\\s+/g, " ").slice(0, 40) || element.id} »`;
  };
  const before = new Map();
  for (const element of document.querySelectorAll("body *")) {
    if (stops.includes(element) || element.type === "radio" || element.scrollHeight > element.clientHeight
        || element.scrollWidth > element.clientWidth) before.set(element, look(element));
  }
  const still = new CSSStyleSheet();
  still.replaceSync("* { transition: none !important; }");
  document.adoptedStyleSheets.push(still);
  const seen = [], blind = [];
  document.addEventListener("focusin", ({ target }) => {
    seen.push(target);
    const box = target.getBoundingClientRect();
    const reachable = box.width > 1 && box.height > 1 && box.right > 0 && box.bottom + scrollY > 0;
    if (!reachable || before.get(target) === look(target)) blind.push(name(target));
  }, true);
  const mouseOnly = [...document.querySelectorAll("body *")].filter((element) =>
    getComputedStyle(element).cursor === "pointer" && shown(element) && !element.closest("label")
    && !stops.some((stop) => stop === element || stop.contains(element) || element.contains(stop))
    && !element.closest(":disabled"));
  window.walked = () => {
    const place = (element) => stops.indexOf(element.type === "radio" ? radios(element).find(shown) : element);
    const places = seen.map(place);
    const lap = places.indexOf(0, places.findIndex((one) => one > 0));
    const first = lap > 0 ? places.slice(0, lap) : places;
    return {
      ended: stops.length < 2 || lap > 0,
      missed: stops.filter((_, one) => !first.includes(one)).map(name),
      disordered: first.filter((one) => one >= 0).some((one, at, all) => at && one < all[at - 1]),
      blind: [...new Set(blind)],
      mouseOnly: mouseOnly.map(name),
    };
  };
  return stops.map((stop) => stop.type || stop.localName);
}"""


def hindrances(page: Page, *, backwards: bool = False) -> list[str]:
    """Walks with Tab through the whole page, which was just opened, until its beginning is met again."""
    stops = page.evaluate(WATCH, backwards)
    presses = sum(PRESSES.get(stop, 1) for stop in stops) + OUT
    # A busy browser loses a press now and then: a page that still goes on is walked on.
    for _ in range(2):
        for _ in range(presses):
            page.keyboard.press("Shift+Tab" if backwards else "Tab")
        walked = page.evaluate("walked()")
        if walked["ended"]:
            break
    return [
        *([] if walked["ended"] else ["Tab does not lead out of the page"]),
        *(["Tab jumps back and forth"] if walked["disordered"] else []),
        *(f"Tab does not reach {one}" for one in walked["missed"]),
        *(f"nothing shows the focus on {one}" for one in walked["blind"]),
        *(f"for the mouse alone: {one}" for one in walked["mouseOnly"]),
    ]
