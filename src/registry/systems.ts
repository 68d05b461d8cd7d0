// The registry: every system of the course notes, whether built or not. One entry is one row, the
// single source for `npm run systems`, the table in the docs and the index of Studio. A system is
// built by filling in its symbols and writing tests whose names start with its id.

import { ac } from "./areas/ac.ts";
import { ae } from "./areas/ae.ts";
import { am } from "./areas/am.ts";
import { ar } from "./areas/ar.ts";
import { au } from "./areas/au.ts";
import { cn } from "./areas/cn.ts";
import { ff } from "./areas/ff.ts";
import { fl } from "./areas/fl.ts";
import { ga } from "./areas/ga.ts";
import { gn } from "./areas/gn.ts";
import { initialisation } from "./areas/in.ts";
import { iv } from "./areas/iv.ts";
import { lf } from "./areas/lf.ts";
import { lm } from "./areas/lm.ts";
import { lo } from "./areas/lo.ts";
import { mc } from "./areas/mc.ts";
import { mn } from "./areas/mn.ts";
import { na } from "./areas/na.ts";
import { nc } from "./areas/nc.ts";
import { nl } from "./areas/nl.ts";
import { no } from "./areas/no.ts";
import { op } from "./areas/op.ts";
import { pg } from "./areas/pg.ts";
import { pi } from "./areas/pi.ts";
import { rb } from "./areas/rb.ts";
import { re } from "./areas/re.ts";
import { rn } from "./areas/rn.ts";
import { sa } from "./areas/sa.ts";
import { sc } from "./areas/sc.ts";
import { th } from "./areas/th.ts";
import { tl } from "./areas/tl.ts";
import { tr } from "./areas/tr.ts";
import { va } from "./areas/va.ts";
import type { Area, System } from "./system.ts";

/** The areas in the order of the notes. */
export const areas: readonly Area[] = [
  tl,
  am,
  lm,
  na,
  pi,
  ff,
  lo,
  ac,
  initialisation,
  op,
  sc,
  re,
  no,
  cn,
  rn,
  sa,
  tr,
  nl,
  gn,
  iv,
  ar,
  ae,
  lf,
  pg,
  mc,
  rb,
  va,
  au,
  fl,
  ga,
  nc,
  th,
  mn,
];

/** Every system, in the order of the notes. */
export function systems(): readonly System[] {
  return areas.flatMap((area) =>
    area.systems.map((entry) => ({ ...entry, area: area.id, chapter: area.title })),
  );
}
