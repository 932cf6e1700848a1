/** A point in a document. Lines and columns count from 1, bytes from 0; all are 0 where there is no text to point at. */
export interface Position {
  line: number;
  column: number;
  byte: number;
}

/** A stretch of a document, named by the environment whose text it is. */
export interface Range {
  environment: string;
  begin: Position;
  end: Position;
}

/** The range of something that no text defines, such as an execution context or a provider's output. */
export function nowhere(environment: string): Range {
  return {
    environment,
    begin: { line: 0, column: 0, byte: 0 },
    end: { line: 0, column: 0, byte: 0 },
  };
}

/** Where a piece of syntax stands: its range, if it came from text, and its path within the document. */
export interface Location {
  readonly range: Range | undefined;
  readonly path: string;
}

/** The location of syntax that the evaluator makes up. */
export const noLocation: Location = { range: undefined, path: "" };
