/** Checks of single monitoring settings. Each returns the rest of the error sentence. Pure. */

/** An http or https URL without a password in it. */
export function urlProblem(text: string): string | undefined {
  const remedy = 'write for example "http://host.docker.internal:5000/metrics"';
  if (!URL.canParse(text)) return `but is not a URL: ${remedy}`;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `but must begin with http:// or https://: ${remedy}`;
  }
  return url.username === '' && url.password === ''
    ? undefined
    : 'but contains a password, and this file is committed: store it in a file, and write keyFile or urlFile';
}

/** A name that becomes a Prometheus label value. */
export function nameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name)
    ? undefined
    : 'must consist of at most 32 lower-case letters, digits and hyphens: rename it';
}

/** One email address. */
export function addressProblem(address: string): string | undefined {
  return /^[^\s@,<>"]+@[^\s@,<>"]+$/.test(address)
    ? undefined
    : 'but must be one email address: write for example "oncall@example.org"';
}
