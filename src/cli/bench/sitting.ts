// One sitting: everybody that takes part, started once and ready to be timed in turn.

import type { Contestant, MeasureRates, Rates } from "./compare.ts";
import { Participant } from "./participant.ts";
import { openblas, ourselves, peersOf, pytorch, startPeer } from "./peers.ts";

export interface SittingOptions {
  readonly device: string;
  readonly threads: number;
  /** How often all take their turn. */
  readonly rounds: number;
  /** For each in each turn. */
  readonly seconds: number;
}

export interface Sitting {
  readonly options: SittingOptions;
  readonly ours: Contestant;
  readonly peers: readonly Contestant[];
  readonly rates: MeasureRates | undefined;
  /** Who takes part, with versions. */
  readonly names: readonly string[];
  readonly missing: readonly { readonly peer: string; readonly reason: string }[];
  close(): void;
}

/** Starts ourselves and the peers of a device. @throws Error  we cannot take part ourselves */
export async function openSitting(options: SittingOptions): Promise<Sitting> {
  const { device, threads } = options;
  const ours = await startOurselves(options);
  const started: Participant[] = [ours];
  const names = [ours.name];
  const missing = new Map<string, string>();
  const start = async (peer: ReturnType<typeof openblas>): Promise<Participant | undefined> => {
    const participant = await startPeer(peer);
    if (typeof participant === "string") {
      missing.set(peer.label.split(" ×")[0] as string, participant);
      return undefined;
    }
    started.push(participant);
    names.push(`${peer.label}: ${participant.name}`);
    return participant;
  };
  const peers: Contestant[] = [];
  for (const peer of peersOf(device, threads)) {
    const participant = await start(peer);
    if (participant) peers.push(contestant(peer.label, participant));
  }
  const limits = await start(openblas(threads));
  if (limits && device === "native") peers.push(contestant("OpenBLAS", limits));
  return {
    options,
    ours: contestant("ours", ours),
    peers,
    rates:
      limits &&
      (async (bytes, traffic) =>
        (await limits.ask({ ask: "ceiling", bytes, traffic })) as unknown as Rates),
    names,
    missing: [...missing].map(([peer, reason]) => ({ peer, reason })),
    close: () => {
      for (const participant of started) participant.close();
    },
  };
}

/** Ourselves, in a process of its own. */
export async function startOurselves(
  { device, threads }: Pick<SittingOptions, "device" | "threads">,
  env: Readonly<Record<string, string>> = {},
): Promise<Participant> {
  const ours = await Participant.start(ourselves(device, threads, env));
  if (typeof ours === "string") throw new Error(`the device ${device} does not start: ${ours}`);
  return ours;
}

/** PyTorch with all threads, in a process of its own; undefined where it is missing. */
export async function startPytorch(threads: number): Promise<Participant | undefined> {
  const [plain] = pytorch(threads);
  const started = plain && (await startPeer(plain));
  return typeof started === "string" ? undefined : started;
}

export const contestant = (name: string, participant: Participant): Contestant => ({
  name,
  can: (definition) => participant.can(definition),
  time: (definition, seconds) => participant.time(definition, seconds),
});
