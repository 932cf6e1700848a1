/** A secret to look for. Reports name it by its label, never by its text. */
export interface Needle {
  readonly label: string;
  /** At least 24 letters and digits among its characters. */
  readonly text: string;
}

/** One way in which a text may show, as it is looked for among the letters and digits of a place. */
export interface Form {
  readonly name: string;
  readonly text: string;
  /** Base64 tells capitals apart; the others don't. */
  readonly exactCase: boolean;
}

/** The fewest letters and digits that a form may have: fewer would turn up by chance. */
const LEAST = 12;

/**
 * The forms of a secret. Only letters and digits of it are looked for, since a place is compared without anything else:
 * so a form also stands for the same with line ends, indents, quotes, separators or escapes in between. And each half is
 * looked for by itself: a text that is split once, by whatever, has one half left whole.
 */
export function formsOf({ label, text }: Needle): Form[] {
  const plain = squeeze(text);
  if (plain.length < 2 * LEAST)
    throw new Error(`${label} has too few letters and digits to be told from chance`);
  const middle = Math.floor(plain.length / 2);
  const forms = [plain.slice(0, middle), plain.slice(middle)].flatMap(ofHalf);
  return forms.filter((form) => form.text.length >= LEAST);
}

/** As in Kubernetes' secrets, or a header within a header. */
function ofHalf(half: string): Form[] {
  const bytes = Buffer.from(half);
  const folded = (name: string, form: string): Form => ({ name, text: form.toLowerCase(), exactCase: false });
  const each = (write: (byte: number) => string) => [...bytes].map(write).join("");
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  const base64 = base64Forms(bytes);
  return [
    folded("as it is", half),
    // Percent-encoded (%63%61) and separated (63:61) too.
    folded("hex", each(hex)),
    folded(
      "JSON-escaped",
      each((byte) => `u00${hex(byte)}`),
    ),
    folded(
      "hex-escaped",
      each((byte) => `x${hex(byte)}`),
    ),
    // A Buffer as JSON has it, and HTML's &#99;&#97;.
    folded("decimal", each(String)),
    ...base64.map((form) => ({ name: "base64", text: form, exactCase: true })),
    ...base64
      .flatMap((form) => base64Forms(Buffer.from(form)))
      .map((form) => ({ name: "base64 twice", text: form, exactCase: true })),
  ];
}

/** Base64 works on groups of three bytes, so a text inside a longer one shows in one of three forms. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The first and the last group depend on the neighbours.
    return squeeze(encoded.slice(offset === 0 ? 0 : 4, -4));
  });
}

/** Letters and digits stand for themselves, everything else is left out. */
const KEPT = Buffer.from(
  [...Array(256).keys()].map((byte) => (/[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? byte : 0)),
);
const [BACKSLASH, ESC, BRACKET] = [0x5c, 0x1b, 0x5b];
const LINE_ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from("nrt"));

/** The letters and digits alone, without those of colours and of the escapes that stand for a line end or a tab. */
export function squeezed(bytes: Uint8Array): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH && LINE_ESCAPES.has(bytes[at + 1])) at++;
    else if (byte === ESC && bytes[at + 1] === BRACKET) at = endOfColour(bytes, at + 2);
    else if (KEPT[byte] !== 0) kept[length++] = byte;
  }
  return kept.subarray(0, length);
}

/** Where `ESC [ 1 ; 31 m` ends: at its letter. */
function endOfColour(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && /[0-9;]/.test(String.fromCharCode(bytes[at] ?? 0))) at++;
  return at;
}

function squeeze(text: string): string {
  return squeezed(Buffer.from(text)).toString("latin1");
}
