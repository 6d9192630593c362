// Package updater is the update agent of a board: it does head office's jobs and
// what a technician brings on a stick, and restarts the board into a new slot. It
// is a process of its own, as root, because kioskd has no right to write slots or to
// mount anything; kioskd hands it jobs and choices (package agentapi).
//
// A job goes through the phases of wire.Phase. The bundle is never kept: its chunks
// are fetched one by one and written into the idle slot, each checked against the
// signed manifest, so that downloading and checked are short and writing is most of
// it. A job whose slot is written waits, in phase writing with 100 percent, for its
// window; it can still be withdrawn. Then the agent asks kioskd for a hold, reads
// the slot back once more, arms it, and restarts. A content job goes from writing to
// good.
//
// What is durable is the job with its last phase (job.json), and what package update
// keeps: what is staged, what is pending, the history, the boot state. After any cut
// the agent goes by these, in this order: what is pending by this job (armed, on
// trial), how the history says that it ended, what is staged for it; the phase is
// only what was last said about it. Settling is done by whoever comes first,
// "kioskctl update settle" or the agent, under the lock of the updates' folder; only
// the former judges a slot on trial, and the agent then waits for its verdict.
//
// A bundle that fills no slot brings packs, firmware of devices, or both, and ends
// without a restart. The agent may open no device: it hands the firmware, taken out of
// the checked bundle, to kioskd (package flashapi), which flashes under its own hold,
// and follows that. It does so in the job's window only. Each device, its version
// before and after, or why not, stands in the detail of the job's report. A bundle that
// fills a slot and brings firmware as well is refused ("mixed"): one falls back by
// itself, the other does not. From sticks no firmware of devices is installed.
//
// Time. While the kiosk's clock is trusted the rules go by it. While it is not, they
// go by what head office said last, in a job that came since the agent began, and
// the time since then. If nothing came, no deadline is held against a job, and the
// window counts as open after BlindWait, so that a lost clock never stops updates
// for good.
//
// Restarting. The agent restarts only while it has kioskd's hold, and for a job only
// in its window. If no kioskd answers for DownWait (DownWaitStick when a technician
// waits) there is nothing that a restart could cut off, and the agent goes ahead; any
// answer in between starts that wait over. It tries MaxRestarts times.
//
// It refuses what is not signed by head office's key or is for another kiosk, a job
// issued before one that it knows, and a new job while another is armed.
package updater
