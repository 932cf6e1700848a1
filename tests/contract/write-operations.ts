import { joinEvidence, readEvidence } from "./evidence.ts";
import { writeContract } from "./operations-document.ts";

/** `npm run operations`: writes docs/operations.md anew from the route tables and the committed evidence. */
writeContract(joinEvidence([readEvidence()]));
