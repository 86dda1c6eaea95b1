// What the programs say. Those that serve write JSON lines to standard output; commands that people
// type say the same in words, on standard error.

export type Level = 'info' | 'warn' | 'error';
export type Details = Readonly<Record<string, unknown>>;

export interface Log {
  info(msg: string, details?: Details): void;
  warn(msg: string, details?: Details): void;
  error(msg: string, details?: Details): void;
}

/** A line of JSON for each message. */
export function jsonLog(
  part: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
  now: () => Date = () => new Date(),
): Log {
  return logOf((level, msg, details) =>
    write(`${JSON.stringify({ time: now().toISOString(), level, part, msg, ...details })}\n`),
  );
}

/** A sentence for each message. */
export function textLog(
  part: string,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  return logOf((level, msg) => write(`${part}: ${level === 'info' ? '' : `${level}: `}${msg}\n`));
}

function logOf(say: (level: Level, msg: string, details?: Details) => void): Log {
  return {
    info: (msg, details) => say('info', msg, details),
    warn: (msg, details) => say('warn', msg, details),
    error: (msg, details) => say('error', msg, details),
  };
}

/** The message of whatever was thrown, and of what caused it. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorMessage).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined || error.message.includes(errorMessage(error.cause))
    ? error.message
    : `${error.message} (${errorMessage(error.cause)})`;
}
