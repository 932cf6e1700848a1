import assert from "node:assert/strict";
import { boundaryOf, formatForm, parseForm } from "../src/cloudflare/multipart.ts";
import { BadBody } from "../src/http/route.ts";

describe("sandbox/cloudflare: forms", () => {
  it("keep every byte, name and type", () => {
    const parts = [
      {
        name: 'a "quoted"',
        filename: "a.js",
        type: "application/javascript+module",
        bytes: Buffer.from("x\r\n"),
      },
      {
        name: "b",
        filename: undefined,
        type: "text/plain",
        bytes: Buffer.from([0xef, 0xbb, 0xbf, 0, 255, 13, 10]),
      },
      { name: "empty", filename: "e", type: "text/plain", bytes: Buffer.alloc(0) },
    ];
    assert.deepEqual(parseForm(formatForm(parts, "B"), "B"), parts);
  });
  it("read a part without headers beyond its name", () => {
    const [part] = parseForm(
      Buffer.from('--B\r\nContent-Disposition: form-data; name="m"\r\n\r\n{}\r\n--B--\r\n'),
      "B",
    );
    assert.equal(part?.type, undefined);
    assert.equal(part?.filename, undefined);
    assert.equal(Buffer.from(part?.bytes ?? []).toString(), "{}");
  });
  it("do not take a name for a file name", () => {
    const [part] = parseForm(
      Buffer.from('--B\r\nContent-Disposition: form-data; filename="f"; name="n"\r\n\r\n\r\n--B--'),
      "B",
    );
    assert.deepEqual([part?.name, part?.filename], ["n", "f"]);
  });
  for (const body of [
    "",
    "nothing",
    '--B\r\nContent-Disposition: form-data; name="m"\r\n\r\nbroken off',
    "--B\r\n",
  ]) {
    it(`refuse ${JSON.stringify(body.slice(0, 12))}`, () => {
      assert.throws(() => parseForm(Buffer.from(body), "B"), BadBody);
    });
  }
  it("find the boundary", () => {
    assert.equal(boundaryOf('multipart/form-data; boundary="a b"'), "a b");
    assert.equal(boundaryOf("Multipart/Form-Data; charset=x; boundary=ab"), "ab");
    assert.equal(boundaryOf("application/javascript"), undefined);
  });
});
