// Package slot is the A/B state of a board: which slot is good, which is on trial
// and how often, and the lowest build that is still accepted. It is shared with the
// boot script, which counts trials down and falls back by itself.
//
// The state partition holds two U-Boot environment blocks of 0x4000 bytes, at byte
// 0 and at 1 MiB: a CRC-32 (IEEE, little endian) over the other 0x3FFC bytes, then
// "name=value" strings, each ended by a zero byte, the last followed by another.
// The valid copy with the higher seq is the truth; every write goes to the other
// one, with seq+1, and is synced. So a write torn by a power cut leaves the state
// before it.
//
//	good   a or b: the slot to start
//	try    a or b: the slot on trial; absent = none
//	left   trials left, hexadecimal; the boot script takes one off before each
//	seq    number of the write, hexadecimal
//	floor  lowest build accepted, hexadecimal; it only rises
//
// It refuses a state without a valid copy: a person must write one.
package slot
