/** What can be wrong with a single setting of monitoring, as the rest of a sentence. Pure. */

/** An http or https URL without a password in it. */
export function urlProblem(text: string): string | undefined {
  const remedy = 'write for example "http://host.docker.internal:5000/metrics"';
  if (!URL.canParse(text)) return `but is no URL: ${remedy}`;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `but must begin with http:// or https://: ${remedy}`;
  }
  return url.username === '' && url.password === ''
    ? undefined
    : 'but holds a password, and this file is committed: put it into a file, and write keyFile or urlFile';
}

/** A name that becomes a label of Prometheus. */
export function nameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name)
    ? undefined
    : 'must be of lower-case letters, digits and hyphens, at most 32: rename it';
}

/** One mail address. */
export function addressProblem(address: string): string | undefined {
  return /^[^\s@,<>"]+@[^\s@,<>"]+$/.test(address)
    ? undefined
    : 'but must be one mail address: write for example "oncall@example.org"';
}
