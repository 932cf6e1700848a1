import { describeMatrix } from "./matrix.ts";

describeMatrix("what the services refuse", ["429", "500", "502", "503", "409", "expired-token"]);
