import { describeMatrix } from "./matrix.ts";

describeMatrix("what happens on the way", [
  "latency",
  "reset-before",
  "reset-after",
  "truncated",
  "wrong-json",
  "not-json",
]);
