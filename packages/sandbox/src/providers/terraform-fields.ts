/** The kinds of field that descriptions are made of. */
export const optional = { mode: "optional" } as const;
export const required = { mode: "required" } as const;
export const computed = { mode: "computed" } as const;
export const both = { mode: "both" } as const;

/** Filled in once by the server; a planned change leaves it known. */
export const stable = { mode: "computed", stable: true } as const;
/** In the path of the calls and in no body; another one is another resource. */
export const pathKey = { mode: "required", wire: false, replace: true } as const;
/** Given in the body of the create, and never changed. */
export const fixed = { mode: "required", replace: true } as const;
