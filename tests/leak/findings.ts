import type { Hit, Scanner } from "./scan.ts";

/** Where a secret could come to light, in the words of the report. */
export const PLACES = {
  output: "what the commands print, with --diff and --show-full-output",
  verbose: "what our own process prints with -v=9 --logtostderr",
  preview: "previews, their reports and the pull request's comment",
  errors: "what failing commands print",
  state: "the stacks' states of all versions, as exported",
  events: "the event log of all updates",
  rows: "the sandbox's database, row by row",
  data: "the sandbox's folder: database, write-ahead log and all else",
  sandbox: "the sandbox's own output, and the Workers' logs",
  temporary: "temporary files while they are there, the engine's homes among them",
  left: "temporary files that are left behind",
  home: "Pulumi's home (.pulumi)",
  project: "the project's folder",
  cache: "the caches of bundles and the like",
  arguments: "the arguments of every process",
  environment: "the environments of every process",
  npm: "npm's output and logs",
} as const;

export type Place = keyof typeof PLACES;

/** A secret where it has to be. Everything else is a leak. */
export interface Exception {
  readonly place: Place;
  readonly label: string;
  /** Of the name within the place. */
  readonly where: RegExp;
  readonly why: string;
}

export interface Leak extends Hit {
  readonly place: Place;
  /** The command, the file or the process. Never holds a value. */
  readonly name: string;
}

interface Count {
  looked: number;
  bytes: number;
}

/** Collects what is found where, and how much was looked at. */
export class Findings {
  readonly leaks: Leak[] = [];
  readonly #counts = new Map<Place, Count>();
  readonly #excepted = new Map<Exception, number>();
  readonly #scanner: Scanner;
  readonly #exceptions: readonly Exception[];

  constructor(scanner: Scanner, exceptions: readonly Exception[] = []) {
    this.#scanner = scanner;
    this.#exceptions = exceptions;
  }

  look(place: Place, name: string, bytes: Uint8Array | string): void {
    this.add(place, name, this.#scanner.scan(bytes), bytes.length);
  }

  /** The same, of what was scanned elsewhere. */
  add(place: Place, name: string, hits: readonly Hit[], bytes: number): void {
    const count = this.#counts.get(place) ?? { looked: 0, bytes: 0 };
    this.#counts.set(place, { looked: count.looked + 1, bytes: count.bytes + bytes });
    for (const hit of hits) {
      const exception = this.#exceptions.find(
        (each) => each.place === place && each.label === hit.label && each.where.test(name),
      );
      if (exception === undefined) this.leaks.push({ place, name, ...hit });
      else this.#excepted.set(exception, (this.#excepted.get(exception) ?? 0) + 1);
    }
  }

  /** Places that nothing was looked at in: the test would prove nothing about them. */
  unseen(): Place[] {
    return places().filter((place) => (this.#counts.get(place)?.bytes ?? 0) === 0);
  }

  /** Exceptions that no longer happen, and are to go. */
  unused(): Exception[] {
    return this.#exceptions.filter((exception) => !this.#excepted.has(exception));
  }

  /** One line a place, and the sum. */
  report(): string {
    const lines = places().map((place) => {
      const { looked, bytes } = this.#counts.get(place) ?? { looked: 0, bytes: 0 };
      const leaks = this.leaks.filter((leak) => leak.place === place).length;
      return `  ${String(leaks).padStart(3)} in ${String(looked).padStart(5)} looked at, ${size(bytes).padStart(8)}: ${PLACES[place]}`;
    });
    const excepted = [...this.#excepted].map(
      ([{ place, label, why }, count]) =>
        `  ${String(count).padStart(3)} where it has to be (${place}: ${label}): ${why}`,
    );
    const bytes = [...this.#counts.values()].reduce((sum, count) => sum + count.bytes, 0);
    const { labels, forms } = this.#scanner;
    const sum = `${this.leaks.length} leaks in ${places().length} places, ${size(bytes)}; ${labels.length} secrets in ${forms} forms`;
    return [...lines, ...excepted, `  ${sum}`].join("\n");
  }

  /** What leaked where, for the failure's text; how often, where it was more than once. */
  told(): string {
    const counts = new Map<string, number>();
    for (const { place, name, label, form } of this.leaks) {
      const line = `${place}, ${name}: ${label}, ${form}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count})`)).join("\n");
  }
}

function places(): Place[] {
  return Object.keys(PLACES) as Place[];
}

function size(bytes: number): string {
  return bytes < 10_000
    ? `${bytes} B`
    : bytes < 1e7
      ? `${Math.round(bytes / 1e3)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
}
