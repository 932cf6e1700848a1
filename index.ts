import { stack } from "worker-secrets";

export default stack;
