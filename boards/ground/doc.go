// Package ground is the floor that every area stands on: a few small things that
// all of them need and that are easily done slightly wrong.
//
//   - durable: files and folders that survive a power cut,
//   - strictjson: one JSON value and nothing else,
//   - backoff: waits that double, and waits that a context ends,
//   - child: programs beside ours that can be lost, for somebody else's libraries,
//   - httpgate: what HTTP servers do before a request is answered, and while the answer leaves,
//   - cmdline: wrong command lines, refused alike by every program with verbs,
//   - qrpath: QR codes drawn alike on the screen and on head office's pages.
//
// What lies below ground imports the standard library only (cmdline: cobra too), so any
// package may import it, the domain included. Nothing that knows a kiosk's subject belongs here.
package ground
