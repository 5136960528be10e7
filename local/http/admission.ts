/**
 * How much the HTTP API accepts at once: how many calls of a function, how many waiting for one of these to end, how
 * many bytes of bodies. Anything beyond is refused before a function is called. On AWS every call has an environment of
 * its own; here all share a thread, and a flood would be held in memory and answered when nobody waits for it any more.
 *
 * Senders share all that in turns: a single sender may use all of it, but gives way to any sender that has less.
 */

export type AdmissionLimits = {
  /**
   * Calls of one function. More would not end sooner, and would exceed the time-outs that functions set for their own
   * calls.
   */
  calls: number;
  waiting: number;
  waitMs: number;
  bodyBytes: number;
};
/** The space that one body takes up. */
export type BodyRoom = {
  /** Takes up more; false if there is none left. */
  hold(bytes: number): boolean;
  /** The body has arrived: it no longer gives way to others. */
  settle(): void;
  /** Gives all of it back. */
  release(): void;
};
export type Admission = {
  /**
   * Space for a sender's body. `giveWay` is called, once, when another sender needs it more; the space is released
   * then.
   */
  openBody(sender: string, giveWay: () => void): BodyRoom;
  /** Runs a call of a function, at once or in its turn; undefined if too many are waiting or it has waited too long. */
  run<T>(functionName: string, sender: string, call: () => Promise<T>): Promise<T | undefined>;
};
type Turn = { settle: (isItsTurn: boolean) => void; timer: NodeJS.Timeout };
type Line = { running: number; waiting: Map<string, Turn[]>; count: number };

export function createAdmission(limits: AdmissionLimits): Admission {
  const lines = new Map<string, Line>();
  return {
    openBody: createRooms(limits.bodyBytes),
    async run(functionName, sender, call) {
      const line = lines.get(functionName) ?? { running: 0, waiting: new Map<string, Turn[]>(), count: 0 };
      lines.set(functionName, line);
      // A caller that has waited takes over the slot of the call that has ended.
      if (line.running < limits.calls) line.running++;
      else if (!(await waitForTurn(line, sender, limits))) return undefined;
      try {
        return await call();
      } finally {
        handOn(line);
      }
    },
  };
}

function waitForTurn(line: Line, sender: string, limits: AdmissionLimits): Promise<boolean> | false {
  if (line.count >= limits.waiting && !makeRoom(line, sender)) return false;
  return new Promise((resolve) => {
    const settle = (isItsTurn: boolean): void => {
      clearTimeout(turn.timer);
      line.count--;
      resolve(isItsTurn);
    };
    const turn: Turn = { settle, timer: setTimeout(() => leave(line, sender, turn), limits.waitMs) };
    const own = line.waiting.get(sender);
    if (own) own.push(turn);
    else line.waiting.set(sender, [turn]);
    line.count++;
  });
}

/**
 * Sends away the last caller of the sender with the most in line, if that is still more than this sender would have.
 */
function makeRoom(line: Line, sender: string): boolean {
  const own = line.waiting.get(sender)?.length ?? 0;
  const [longest, turns] = [...line.waiting].reduce((most, one) => (one[1].length > most[1].length ? one : most), [
    sender,
    [],
  ] as [string, Turn[]]);
  const last = turns.length > own + 1 ? turns.at(-1) : undefined;
  if (last) leave(line, longest, last);
  return last !== undefined;
}

function leave(line: Line, sender: string, turn: Turn): void {
  const left = (line.waiting.get(sender) ?? []).filter((one) => one !== turn);
  if (left.length > 0) line.waiting.set(sender, left);
  else line.waiting.delete(sender);
  turn.settle(false);
}

/** The next turn goes to the sender that has had none for longest. */
function handOn(line: Line): void {
  const [next] = line.waiting;
  const turn = next?.[1].shift();
  if (next === undefined || turn === undefined) {
    line.running--;
    return;
  }
  const [sender, turns] = next;
  line.waiting.delete(sender);
  if (turns.length > 0) line.waiting.set(sender, turns);
  turn.settle(true);
}

type Room = { sender: string; bytes: number; giveWay: (() => void) | undefined };

function createRooms(limit: number): Admission["openBody"] {
  const rooms = new Set<Room>();
  let held = 0;

  function release(room: Room): void {
    rooms.delete(room);
    held -= room.bytes;
    room.bytes = 0;
    room.giveWay = undefined;
  }

  /**
   * Displaces the largest unfinished body of the sender that holds the most, if that is more than `sender` would hold.
   */
  function displace(sender: string, bytes: number): boolean {
    const totals = new Map<string, number>();
    for (const room of rooms) totals.set(room.sender, (totals.get(room.sender) ?? 0) + room.bytes);
    const wanted = (totals.get(sender) ?? 0) + bytes;
    let largest: Room | undefined;
    for (const room of rooms) {
      const isMore = room.giveWay && room.sender !== sender && (totals.get(room.sender) ?? 0) > wanted;
      if (isMore && room.bytes > (largest?.bytes ?? 0)) largest = room;
    }
    if (!largest) return false;
    const { giveWay } = largest;
    release(largest);
    giveWay?.();
    return true;
  }

  return (sender, giveWay) => {
    const room: Room = { sender, bytes: 0, giveWay };
    rooms.add(room);
    return {
      hold(bytes) {
        while (held + bytes > limit) if (!displace(sender, bytes)) return false;
        held += bytes;
        room.bytes += bytes;
        return true;
      },
      settle() {
        room.giveWay = undefined;
      },
      release: () => release(room),
    };
  };
}
