import { gunzipSync } from "node:zlib";
import { type Form, formsOf, type Needle, squeezed } from "./forms.ts";

/** A secret that shows. */
export interface Hit {
  readonly label: string;
  readonly form: string;
}

export interface Scanner {
  readonly labels: readonly string[];
  /** How many texts are looked for. */
  readonly forms: number;
  /** What shows in these bytes; each label and form once. */
  scan(bytes: Uint8Array | string): Hit[];
}

/** Bytes that are looked at in one go; neighbours overlap by more than the longest form may be spread over. */
const WINDOW = 1024 * 1024;
const OVERLAP = 16 * 1024;

/** Looks for all secrets in all forms. Pure; see `formsOf` for what is found. */
export function scanner(needles: readonly Needle[]): Scanner {
  const wanted = needles.flatMap((needle) =>
    [...new Map(formsOf(needle).map((form) => [`${form.exactCase} ${form.text}`, form])).values()].map(
      (form) => ({ label: needle.label, form }),
    ),
  );
  const inWindow = (bytes: Buffer): Hit[] => {
    // A byte a character, whatever the bytes mean.
    const exact = squeezed(bytes).toString("latin1");
    const folded = exact.toLowerCase();
    return wanted
      .filter(({ form }) => shows(form, exact, folded))
      .map(({ label, form }) => ({ label, form: form.name }));
  };
  const scan = (given: Uint8Array | string): Hit[] => {
    const bytes = Buffer.from(given);
    const hits: Hit[] = [];
    for (let at = 0; at < bytes.length; at += WINDOW)
      hits.push(...inWindow(bytes.subarray(at, at + WINDOW + OVERLAP)));
    const unpacked = gunzipped(bytes);
    if (unpacked !== undefined)
      hits.push(...scan(unpacked).map(({ label, form }) => ({ label, form: `${form}, gzipped` })));
    return [...new Map(hits.map((hit) => [`${hit.label} ${hit.form}`, hit])).values()];
  };
  return { labels: needles.map(({ label }) => label), forms: wanted.length, scan };
}

function shows(form: Form, exact: string, folded: string): boolean {
  return (form.exactCase ? exact : folded).includes(form.text);
}

function gunzipped(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined;
  try {
    return gunzipSync(bytes);
  } catch {
    return undefined;
  }
}
