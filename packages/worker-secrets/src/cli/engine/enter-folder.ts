let before = "";
let inside = 0;

/** Makes a folder this process's working directory. Gives the way back, which is taken when the last of several has ended. */
export function enterFolder(folder: string): () => void {
  if (inside === 0) before = process.cwd();
  process.chdir(folder);
  inside++;
  return () => {
    if (--inside === 0) process.chdir(before);
  };
}
