import type { Series } from "../figures/growth.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [300, 230, 52, 40, 34];
const COLOURS = { preview: "#1f6feb", memory: "#bf3989" } as const;

/** One small chart for each series: time and memory over size, both from zero, so that a straight line looks like one. */
export function growthPlot(series: readonly Series[]): string {
  const charts = series.map((one, index) => `<g transform="translate(${index * WIDTH},0)">${chart(one)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * series.length} ${HEIGHT}" font-family="sans-serif" font-size="11">
<title>No-change preview and memory over size</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${charts.join("\n")}
</svg>
`;
}

function chart({ of, points }: Series): string {
  const mostX = Math.max(...points.map(({ size }) => size));
  const time = scale(points.map(({ preview }) => preview / 1000));
  const memory = scale(points.map((point) => point.memory.program));
  const x = (size: number) => LEFT + (size / mostX) * (WIDTH - LEFT - 48);
  const y = (share: number) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const path = (values: readonly number[], most: number, colour: string, dash = "") =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" ${dash} points="${values
      .map((value, index) => `${x(points[index]?.size ?? 0).toFixed(1)},${y(value / most).toFixed(1)}`)
      .join(" ")}"/>`;
  const text = (at: number, height: number, words: string, anchor: string, colour = "#24292f") =>
    `<text x="${at}" y="${height}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
  return [
    text(WIDTH / 2, 16, of, "middle"),
    `<path d="M${LEFT},${TOP} V${y(0)} H${WIDTH - 48}" fill="none" stroke="#8c959f"/>`,
    ...points.map(({ size }) => text(x(size), y(0) + 15, String(size), "middle")),
    text(LEFT - 6, y(1) + 4, `${time} s`, "end", COLOURS.preview),
    text(LEFT - 6, y(0) + 4, "0", "end"),
    text(WIDTH - 42, y(1) + 4, `${memory} MB`, "start", COLOURS.memory),
    path(
      points.map(({ preview }) => preview / 1000),
      time,
      COLOURS.preview,
    ),
    path(
      points.map((point) => point.memory.program),
      memory,
      COLOURS.memory,
      'stroke-dasharray="4 3"',
    ),
    text(LEFT, HEIGHT - 6, "no-change preview", "start", COLOURS.preview),
    text(WIDTH - 10, HEIGHT - 6, "the program's memory", "end", COLOURS.memory),
  ].join("\n");
}

/** A round number at or above the largest value. */
function scale(values: readonly number[]): number {
  const most = Math.max(...values);
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((round) => round >= most) ?? most;
}
