// One process at a time, across processes: a lock that is a directory, because making a directory
// either succeeds or fails, on every file system. The owner touches it every two seconds; a lock
// whose owner is dead, or that nobody has touched for a minute, is broken by whoever waits.

import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";

const heartbeat = 2_000;
const abandoned = 60_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs `work` while holding the lock at `path`; waits, saying so once, while another process holds it.
 * @returns what `work` returned
 */
export async function withLock(path, work, { say = () => {} } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    if (isStale(path)) {
      breakLock(path);
      continue;
    }
    if (!told) say("waiting for another process that is preparing this checkout");
    told = true;
    await pause(100);
  }
  const beat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // Someone removed the lock by hand; the work in progress is still finished.
    }
  }, heartbeat);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (owner(path)?.pid === process.pid) rmSync(path, { recursive: true, force: true });
  }
}

function take(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(path, "owner.json"), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

function owner(path) {
  try {
    return JSON.parse(readFileSync(join(path, "owner.json"), "utf8"));
  } catch {
    return undefined;
  }
}

function age(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function isStale(path) {
  const held = owner(path);
  if (held === undefined) return age(path) > 5_000; // died between making it and signing it
  if (held.host === hostname() && !isAlive(held.pid)) return true;
  return age(path) > abandoned;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

// Only one waiter may break a lock, and it looks again first: another may have broken it and taken
// it anew between our look and our removal.
function breakLock(path) {
  const breaker = `${path}.breaker`;
  try {
    mkdirSync(breaker);
  } catch {
    if (age(breaker) > 10_000) rmSync(breaker, { recursive: true, force: true });
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { recursive: true, force: true });
  } finally {
    rmdirSync(breaker);
  }
}
