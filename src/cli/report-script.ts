// The script of the report page: shows the values of every line nearest to the pointer. It runs in
// the reader's browser, so it stands here as text; the page is whole without it.

export const reportScript = `
"use strict";
const charts = JSON.parse(document.getElementById("report-charts").textContent);
for (const figure of document.querySelectorAll("[data-chart]")) {
  const lines = charts[figure.dataset.chart] || [];
  const plot = figure.querySelector(".plot");
  const drawing = plot.querySelector("svg");
  const cursor = plot.querySelector(".cursor");
  const tip = plot.querySelector(".tip");
  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < x) low = middle; else high = middle;
    }
    return x - points[low][0] < points[high][0] - x ? points[low] : points[high];
  };
  const hide = () => { tip.hidden = true; cursor.setAttribute("visibility", "hidden"); };
  const show = (event) => {
    const box = drawing.getBoundingClientRect();
    const scale = drawing.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const found = lines.filter((line) => line.points.length > 0)
      .map((line) => ({ line, point: nearest(line.points, x) }));
    if (found.length === 0) return hide();
    const first = found.reduce((best, one) =>
      one.point[2] !== "" && Math.abs(one.point[0] - x) < Math.abs(best.point[0] - x) ? one : best);
    cursor.setAttribute("x1", first.point[0]);
    cursor.setAttribute("x2", first.point[0]);
    cursor.setAttribute("visibility", "visible");
    tip.replaceChildren();
    const heading = document.createElement("b");
    heading.textContent = first.point[2];
    tip.append(heading);
    for (const { line, point } of found) {
      const row = document.createElement("div");
      const dot = document.createElement("i");
      const name = document.createElement("span");
      const value = document.createElement("em");
      row.className = "line-" + line.colour;
      name.textContent = line.name + (point[2] === "" || point[2] === first.point[2] ? "" : " (" + point[2] + ")");
      value.textContent = point[3];
      row.append(dot, name, value);
      tip.append(row);
    }
    tip.hidden = false;
    const highest = Math.min(...found.map(({ point }) => point[1]));
    const lowest = Math.max(...found.map(({ point }) => point[1]));
    const above = highest / scale, below = box.height - lowest / scale;
    tip.style.top = (above > below ? 6 : box.height * 0.8 - tip.offsetHeight) + "px";
    const place = first.point[0] / scale;
    const room = box.width - tip.offsetWidth;
    const right = place + 14;
    tip.style.left = Math.max(0, Math.min(room, right <= room ? right : place - tip.offsetWidth - 14)) + "px";
  };
  plot.addEventListener("pointermove", show);
  plot.addEventListener("pointerdown", show);
  plot.addEventListener("pointerleave", hide);
}
`;
