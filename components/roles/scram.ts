import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** Postgres's own default number of PBKDF2 rounds. */
const ITERATIONS = 4096;

/**
 * The verifier that Postgres keeps of a password (RFC 5803). Handing over the verifier instead of
 * the password keeps clear text out of the server's log, lets a refresh see a password that was
 * changed by hand, and is what the pooler passes clients through with.
 *
 * @param salt 16 random bytes in base64; the same salt gives the same verifier
 */
export function scramVerifier(password: string, salt: string): string {
  const salted = pbkdf2Sync(
    password.normalize('NFKC'),
    Buffer.from(salt, 'base64'),
    ITERATIONS,
    32,
    'sha256',
  );
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${String(ITERATIONS)}:${salt}$${storedKey}:${serverKey}`;
}
