/**
 * A Postgres role has one password, so changing it in place cuts off whoever still holds the old
 * one. Each user therefore has two logins, a and b, members of one role without login that owns the
 * grants. One of the two is active; a rotation gives the other a new password and makes it active.
 */
export type SlotName = 'a' | 'b';

export interface Slot {
  readonly name: SlotName;
  /** Login role: `app_a`. */
  readonly login: string;
  readonly active: boolean;
  /** Rotation in which this slot last got a password; 0 for one that was never active. */
  readonly generation: number;
}

/**
 * Both slots of a user after `rotation` rotations. Odd rotations use a, even ones b.
 *
 * @param rotation whole number from 1
 */
export function slots(user: string, rotation: number): { active: Slot; idle: Slot } {
  const name: SlotName = rotation % 2 === 1 ? 'a' : 'b';
  const other: SlotName = name === 'a' ? 'b' : 'a';
  return {
    active: { name, login: `${user}_${name}`, active: true, generation: rotation },
    idle: { name: other, login: `${user}_${other}`, active: false, generation: rotation - 1 },
  };
}
