// Takes secrets out of what is shown. Pure.

const MASK = '****';

/** What gives a secret away, and what is left of it. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // scheme://user:password@host; a password with an @ in it ends at the last one before the host.
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:)[^\s/'"]*(?=@)/gi, `$1${MASK}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:)[^\s@'"]+(?=@)/gi, `$1${MASK}`],
  // password=… of libpq, of URLs and of command lines; also "password": "…" in JSON.
  [
    /(["']?\b(?:\w*password|passwd|passphrase|pwd|secret|token|api[_-]?key|routing[_-]?key|requirepass|masterauth|access[_-]?key)\b\\?["']?\s*[=:]\s*)(\\?"(?:[^"\\]|\\[^"])*\\?"|'(?:[^'\\]|\\.|'')*'|[^\s"',;&)}]+)/gi,
    `$1${MASK}`,
  ],
  // PASSWORD '…' of SQL, and AUTH … of Redis.
  [/(\bpassword\s+)(?:E?'(?:[^'\\]|\\.|'')*'?|"(?:[^"])*")/gi, `$1'${MASK}'`],
  [/(\bAUTH\s+(?:\S+\s+)?)"[^"]*"/g, `$1"${MASK}"`],
  [/SCRAM-SHA-256\$[\w+/=:$]+/g, MASK],
  [/\bmd5[0-9a-f]{32}\b/g, MASK],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]+/g, MASK],
  [/(\b(?:Bearer|Basic)\s+)[\w~+/.=-]{6,}/gi, `$1${MASK}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, MASK],
  [/(https:\/\/hooks\.slack\.com\/)[\w/-]+/gi, `$1${MASK}`],
];

/** A text without the passwords, keys and tokens that it shows. */
export function maskText(text: string): string {
  return PATTERNS.reduce((masked, [pattern, left]) => masked.replace(pattern, left), text);
}

const SECRET_NAME =
  /(?:password|passwd|passphrase|secret|token|api_?key|routing_?key|authorization)$/i;

/** The same for data of any depth; what is called a password is one. */
export function maskValue(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? MASK : maskText(value);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return maskFields(value as Readonly<Record<string, unknown>>);
}

/** The same for fields. */
export function maskFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, maskValue(value, name)]),
  );
}
