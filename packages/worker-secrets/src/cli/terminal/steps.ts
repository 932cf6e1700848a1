import { printOn, rewriteLine } from "./output.ts";
/** Prints the steps of a command as they happen: on a terminal the running one counts its seconds. */
export interface Steps {
  /** Runs a step and prints how it ended. `work` may print lines of its own through `line`. */
  run<T>(title: string, work: (line: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
}

/** The step that failed, with the reason. */
export class StepFailed extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}

export function createSteps(out: NodeJS.WriteStream): Steps {
  const print = (text: string) => printOn(out, text);
  let number = 0;
  return {
    line: print,
    async run(title, work) {
      const label = `${++number}. ${title}`;
      const started = performance.now();
      const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
      print(`\n${label}`);
      let shown = false;
      const clear = () => {
        if (shown) rewriteLine(out);
        shown = false;
      };
      const ticker = out.isTTY
        ? setInterval(() => {
            rewriteLine(out, `   … ${seconds()}`);
            shown = true;
          }, 500)
        : undefined;
      try {
        const result = await work((text) => {
          clear();
          for (const each of text.split("\n")) print(`   ${each}`.trimEnd());
        });
        clear();
        print(`   done in ${seconds()}`);
        return result;
      } catch (error) {
        clear();
        throw new StepFailed(label, error);
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

/** Turns chunks of a child's output into whole lines as they come; runs of empty lines become one. */
export function lineWise(line: (text: string) => void): (chunk: string) => void {
  let rest = "";
  let blank = true;
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) {
      const empty = each.trim() === "";
      if (!(empty && blank)) line(each);
      blank = empty;
    }
  };
}
