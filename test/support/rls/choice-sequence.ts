/**
 * A row of numbers that decides what is generated. Fewer and smaller numbers make smaller things, so whatever shrinks
 * the row shrinks what is made of it.
 */
export interface ChoiceSequence {
  /** A number from 0 to one less; 0 once the tape is at its end. */
  below(limit: number): number;
  /** One of the list, the first once the tape is at its end. */
  of<T>(list: readonly [T, ...T[]]): T;
  /** Whether one in so many times; never once the tape is at its end. */
  oneIn(times: number): boolean;
}

export function choiceSequenceOf(numbers: readonly number[]): ChoiceSequence {
  let at = 0;
  const below = (limit: number): number => (numbers[at++] ?? 0) % limit;
  return {
    below,
    of: (list) => list[below(list.length)] ?? list[0],
    oneIn: (times) => below(times) === times - 1,
  };
}
