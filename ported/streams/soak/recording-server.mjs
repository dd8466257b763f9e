/** The server's half of the fault injector (bench/loadgen/src/faults.rs). */
import { createServer } from 'node:net';
import { crc32 } from 'node:zlib';

/** Number, behaviour, after how many bytes: u32, u8, u32. */
const HEADER = 9;
const PAUSE_MS = 5;

/**
 * A server that echoes until a connection's own header says otherwise, and keeps a record of each connection.
 * @returns {{ server: import('node:net').Server, records: object[] }}
 */
export function recordingServer() {
  const records = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const record = { number: 0, received: 0, checksum: 0, written: 0, ended: false };
    let head = Buffer.alloc(0);
    let act;
    let silent = false;
    const behaviours = [
      undefined,
      () => {
        socket.pause();
        setTimeout(() => socket.resume(), PAUSE_MS);
      },
      () => {
        silent = true;
        socket.end();
      },
      () => socket.resetAndDestroy(),
      () => socket.destroy(),
    ];
    socket.on('data', (chunk) => {
      record.received += chunk.length;
      record.checksum = crc32(chunk, record.checksum);
      if (head.length < HEADER) {
        head = Buffer.concat([head, chunk]);
        if (head.length >= HEADER) {
          record.number = head.readUInt32LE(0);
          const after = head.readUInt32LE(5);
          const does = behaviours[head[4]];
          act = does && (() => {
            if (record.received < after) return;
            act = undefined;
            does();
          });
        }
      }
      if (!silent) {
        record.written += chunk.length;
        if (!socket.write(chunk)) {
          socket.pause();
          socket.once('drain', () => socket.resume());
        }
      }
      act?.();
    });
    socket.on('end', () => {
      record.ended = true;
      if (!silent) socket.end();
    });
    // Resets are what this is about.
    socket.on('error', () => {});
    socket.on('close', () => { if (head.length >= HEADER) records.push(record); });
  });
  return { server, records };
}
